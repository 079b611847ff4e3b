// Arithmetic that gives the same bits on every target.
#pragma once

#include <stdint.h>

// The natural logarithm of a positive, finite x; what is smaller than the smallest normal float32
// counts as that. Within 2^-24 (3 |log x| + 2.1).
float edge_logf(float x);

#define EDGE_FFT64 64u

// Where sample t has to lie for edge_fft64: its digits to the base 4 in reverse order.
static inline uint32_t edge_fft64_place(uint32_t t)
{
    return (t & 3u) << 4 | (t & 12u) | t >> 4;
}

// The Fourier transform of 64 complex numbers, in place: sum over t of z[t] e^(-2 pi i f t / 64), f
// in order; z (re, im) lies as above. Each part is within 20 · 2^-24 of the sum of |z|.
void edge_fft64(float z[EDGE_FFT64][2]);
