// A filter of finite impulse response: y[i] = sum of taps[k]·x[i - k]; before x
// there was silence.
#pragma once

#include <stdint.h>

// x [n], taps [n_taps], y [n]
void fir_f32(const float *x, uint32_t n, const float *taps, uint32_t n_taps, float *y);

// The same in Q15: 1.0 is 32768. Sums are exact, then rounded to the nearest
// and saturated.
void fir_q15(const int16_t *x, uint32_t n, const int16_t *taps, uint32_t n_taps, int16_t *y);
