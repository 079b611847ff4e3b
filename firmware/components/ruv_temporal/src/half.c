#include "ruv_numbers.h"

#include "bits.h"

// binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. binary32: 1, 8 (bias 127), 23.
#define HALF_INFINITY   0x7C00u
#define FLOAT_INFINITY  0x7F800000u
#define DROPPED_BITS    13u // fraction bits that a half has less
#define BIAS_DIFFERENCE 112u

#define SMALLEST_NORMAL      0x0400u     // 2^-14, as half bits
#define SMALLEST_NORMAL_HALF 0x38800000u // 2^-14, as float bits
#define HALF_OVERFLOW        0x47800000u // 2^16, as float bits: an infinity whatever the fraction

float ruv_half_to_float(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    const uint32_t magnitude = half & 0x7FFFu;

    if (magnitude - SMALLEST_NORMAL < HALF_INFINITY - SMALLEST_NORMAL) { // in one comparison
        return ruv_float_from_bits(sign | ((magnitude << DROPPED_BITS) + (BIAS_DIFFERENCE << 23)));
    }
    if (magnitude < SMALLEST_NORMAL) { // zero or subnormal: a multiple of 2^-24
        return ruv_float_from_bits(sign | ruv_float_bits((float)magnitude * 0x1p-24f));
    }
    return ruv_float_from_bits(sign | FLOAT_INFINITY | (magnitude & 0x3FFu) << DROPPED_BITS);
}

// value / 2^shift, rounded to nearest, ties to even; 1 <= shift <= 31.
static uint32_t shift_rounded(uint32_t value, uint32_t shift)
{
    const uint32_t half_minus_one = (1u << (shift - 1)) - 1u;
    const uint32_t odd = (value >> shift) & 1u;
    return (value + half_minus_one + odd) >> shift;
}

uint16_t ruv_half_from_float(float value)
{
    const uint32_t bits = ruv_float_bits(value);
    const uint32_t sign = (bits >> 16) & 0x8000u;
    const uint32_t magnitude = bits & 0x7FFFFFFFu;

    if (magnitude > FLOAT_INFINITY) { // NaN: keep what fits of the payload, and keep it a NaN
        const uint32_t payload = (magnitude >> DROPPED_BITS) & 0x3FFu;
        return (uint16_t)(sign | HALF_INFINITY | (payload != 0u ? payload : 1u));
    }
    if (magnitude >= HALF_OVERFLOW) {
        return (uint16_t)(sign | HALF_INFINITY);
    }
    if (magnitude >= SMALLEST_NORMAL_HALF) { // rounding may carry into the exponent, up to infinity
        return (uint16_t)(sign | shift_rounded(magnitude - (BIAS_DIFFERENCE << 23), DROPPED_BITS));
    }
    const uint32_t exponent = magnitude >> 23;
    if (exponent < 102u) { // below 2^-25, half the smallest subnormal
        return (uint16_t)sign;
    }
    // Subnormal half: count in units of 2^-24.
    const uint32_t fraction = (magnitude & 0x7FFFFFu) | 0x800000u;
    return (uint16_t)(sign | shift_rounded(fraction, 126u - exponent));
}
