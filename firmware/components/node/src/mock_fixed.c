#include "mock_scene.h"

#define QUARTER 0x40000000
#define HALF    0x80000000u

// With x in quarter turns, sin = x (A - x² (B - C x²)), exact at 0 and at a quarter.
#define SINE_A 51454
#define SINE_B 21029
#define SINE_C 2343

// 2^-f = 1 - f (A - f (B - C f)) for 0 <= f <= 1, exact at both ends.
#define EXP_A 22667
#define EXP_B 7586
#define EXP_C 1303

#define LOG2_E      23637u // times 2^14
#define EXP_ARG_MAX (1u << 17)

int32_t mock_sine(uint32_t turn)
{
    int32_t angle = (int32_t)turn;
    if (angle > QUARTER || angle < -QUARTER) {
        angle = (int32_t)(HALF - turn); // sin(pi - a) = sin(a)
    }
    const int32_t x = angle >> 15;
    const int32_t square = (x * x) >> 15;
    const int32_t inner = SINE_B - ((SINE_C * square) >> 15);
    return (x * (SINE_A - ((inner * square) >> 15))) >> 15;
}

int32_t mock_cosine(uint32_t turn)
{
    return mock_sine(turn + (uint32_t)QUARTER);
}

int32_t mock_exp(uint32_t u)
{
    if (u >= EXP_ARG_MAX) {
        return 0;
    }
    const uint32_t power = (uint32_t)(((uint64_t)u * LOG2_E) >> 14); // times 2^12
    const uint32_t whole = power >> 12;
    const int32_t f = (int32_t)((power & 0xFFFu) << 3); // times 2^15
    const int32_t inner = EXP_B - ((EXP_C * f) >> 15);
    const int32_t outer = EXP_A - ((inner * f) >> 15);
    return whole > 15u ? 0 : (32768 - ((outer * f) >> 15)) >> whole;
}

mock_phasor_t mock_phasor(int32_t length, uint32_t turn)
{
    return (mock_phasor_t){(length * mock_cosine(turn) + (1 << 14)) >> 15,
                           (length * mock_sine(turn) + (1 << 14)) >> 15};
}

int64_t mock_eased(int64_t at, int64_t whole)
{
    const int64_t u = (at < whole ? at : whole) * 65536 / whole;
    return ((u * u) >> 16) * (3 * 65536 - 2 * u) >> 16;
}

int8_t mock_count(int32_t value, uint32_t bits)
{
    const int32_t whole = (value + (1 << (bits - 1u))) >> bits;
    return (int8_t)(whole > 127 ? 127 : whole < -127 ? -127 : whole);
}

uint32_t mock_oscillation(uint32_t milli_a_minute, int64_t t_us)
{
    const uint64_t a_us = ((uint64_t)milli_a_minute << 40) / UINT64_C(60000000000);
    return (uint32_t)((a_us * (uint64_t)t_us) >> 8);
}
