// Fixed-point arithmetic for mock_csi. An angle is a uint32_t: a full turn is 2^32.
#pragma once

#include <stdint.h>

// A well mixed function of its argument (the finalizer of MurmurHash3).
static inline uint32_t mock_mix(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x85EBCA6Bu;
    x ^= x >> 13;
    x *= 0xC2B2AE35u;
    return x ^ (x >> 16);
}

// Another word for every index.
static inline uint32_t mock_draw(uint32_t seed, uint32_t index)
{
    return mock_mix(mock_mix(seed) + 0x9E3779B9u * (index + 1u));
}

// The sum of four uniform bytes, less its mean: nearly normal, standard deviation 147.8.
static inline int32_t mock_normal(uint32_t word)
{
    return (int32_t)((word & 0xFFu) + ((word >> 8) & 0xFFu) + ((word >> 16) & 0xFFu) +
                     (word >> 24)) -
           510;
}

// A complex number; what its unit is, its user says.
typedef struct {
    int32_t re;
    int32_t im;
} mock_phasor_t;

// a b / 2^15, rounded. |a| |b| is below 2^31.
static inline mock_phasor_t mock_times(mock_phasor_t a, mock_phasor_t b)
{
    return (mock_phasor_t){(a.re * b.re - a.im * b.im + (1 << 14)) >> 15,
                           (a.re * b.im + a.im * b.re + (1 << 14)) >> 15};
}

int32_t mock_sine(uint32_t turn);   // times 2^15; within 9e-5 of the sine
int32_t mock_cosine(uint32_t turn); // the same, a quarter turn on

// exp(-u / 2^12) times 2^15, within 1.5e-4, for u >= 0.
int32_t mock_exp(uint32_t u);

// Of that length and angle. |length| is below 2^16.
mock_phasor_t mock_phasor(int32_t length, uint32_t turn);

// From 0 to 2^16 while `at` goes from 0 to `whole`, at rest at both ends.
int64_t mock_eased(int64_t at, int64_t whole);

// A whole number of counts of a converter, from `value` / 2^bits.
int8_t mock_count(int32_t value, uint32_t bits);

// The angle that `milli_a_minute` thousandths of a turn a minute have come to after t_us.
uint32_t mock_oscillation(uint32_t milli_a_minute, int64_t t_us);
