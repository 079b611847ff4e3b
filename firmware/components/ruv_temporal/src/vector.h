// Inner loops over rows of floats.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// x·y
float ruv_dot(const float *x /*[width]*/, const float *y /*[width]*/, size_t width);

// y += weight · x
void ruv_add_scaled(float *restrict y /*[width]*/, float weight,
                    const float *restrict x /*[width]*/, size_t width);

// y = y · scale + offset
void ruv_scale_and_add(float *restrict y /*[width]*/, const float *restrict scale /*[width]*/,
                       const float *restrict offset /*[width]*/, size_t width);

// sum += x, keeping in `lost` what rounding took (Kahan): the error does not grow with the number
// of additions.
void ruv_add_compensated(float *restrict sum /*[width]*/, float *restrict lost /*[width]*/,
                         const float *restrict x /*[width]*/, size_t width);

// y = x. Memory functions of small C libraries copy byte by byte.
void ruv_copy(float *restrict y /*[n]*/, const float *restrict x /*[n]*/, size_t n);

// Whether no element is NaN or infinite.
bool ruv_all_finite(const float *x /*[n]*/, size_t n);

// 1 / sqrt(n); n is not 0.
double ruv_inverse_sqrt(uint32_t n);
