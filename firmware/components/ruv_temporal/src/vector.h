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

// Four rows at a time, wherever they lie: dots[r] = x·rows[r].
void ruv_dot_4(const float *restrict x /*[width]*/, const float *const rows[4] /*[width] each*/,
               size_t width, float *restrict dots /*[4]*/);

// y += the sum of weights[r] · rows[r]
void ruv_add_scaled_4(float *restrict y /*[width]*/, const float *restrict weights /*[4]*/,
                      const float *const rows[4] /*[width] each*/, size_t width);

// y += x W, the product of a row vector and a matrix.
void ruv_add_product(float *restrict y /*[columns]*/, const float *restrict x /*[rows]*/,
                     const float *restrict w /*[rows, columns]*/, size_t rows, size_t columns);

// sum += x, keeping in `lost` what rounding took (Kahan): the error does not grow with the number
// of additions.
void ruv_add_compensated(float *restrict sum /*[width]*/, float *restrict lost /*[width]*/,
                         const float *restrict x /*[width]*/, size_t width);

// Whether no element is NaN or infinite.
bool ruv_all_finite(const float *x /*[n]*/, size_t n);

// 1 / sqrt(n); n is not 0.
double ruv_inverse_sqrt(uint32_t n);
