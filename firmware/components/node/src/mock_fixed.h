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

int32_t mock_sine(uint32_t turn);   // times 2^15; within 9e-5 of the sine
int32_t mock_cosine(uint32_t turn); // the same, a quarter turn on

// exp(-u / 2^12) times 2^15, within 1.5e-4, for u >= 0.
int32_t mock_exp(uint32_t u);
