#include "vector.h"

#include "float_bits.h"

// Nearly all time goes into the loops over four rows. They take four elements at a time, and add
// products in pairs before adding them to the sum, which shortens the chain of roundings.

float ruv_dot(const float *x, const float *y, size_t width)
{
    float sum = 0.0f;
    for (size_t t = 0; t < width; t++) {
        sum += x[t] * y[t];
    }
    return sum;
}

void ruv_add_scaled(float *restrict y, float weight, const float *restrict x, size_t width)
{
    for (size_t t = 0; t < width; t++) {
        y[t] += weight * x[t];
    }
}

void ruv_dot_4(const float *restrict x, const float *const rows[4], size_t width,
               float *restrict dots)
{
    const float *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
    float sa = 0.0f, sb = 0.0f, sc = 0.0f, sd = 0.0f;
    for (; width >= 4; width -= 4, x += 4, a += 4, b += 4, c += 4, d += 4) {
        sa += (x[0] * a[0] + x[1] * a[1]) + (x[2] * a[2] + x[3] * a[3]);
        sb += (x[0] * b[0] + x[1] * b[1]) + (x[2] * b[2] + x[3] * b[3]);
        sc += (x[0] * c[0] + x[1] * c[1]) + (x[2] * c[2] + x[3] * c[3]);
        sd += (x[0] * d[0] + x[1] * d[1]) + (x[2] * d[2] + x[3] * d[3]);
    }
    for (size_t t = 0; t < width; t++) {
        sa += x[t] * a[t];
        sb += x[t] * b[t];
        sc += x[t] * c[t];
        sd += x[t] * d[t];
    }
    dots[0] = sa;
    dots[1] = sb;
    dots[2] = sc;
    dots[3] = sd;
}

void ruv_add_scaled_4(float *restrict y, const float *restrict weights, const float *const rows[4],
                      size_t width)
{
    const float *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
    const float wa = weights[0], wb = weights[1], wc = weights[2], wd = weights[3];
    for (; width >= 4; width -= 4, y += 4, a += 4, b += 4, c += 4, d += 4) {
        y[0] += (wa * a[0] + wb * b[0]) + (wc * c[0] + wd * d[0]);
        y[1] += (wa * a[1] + wb * b[1]) + (wc * c[1] + wd * d[1]);
        y[2] += (wa * a[2] + wb * b[2]) + (wc * c[2] + wd * d[2]);
        y[3] += (wa * a[3] + wb * b[3]) + (wc * c[3] + wd * d[3]);
    }
    for (size_t t = 0; t < width; t++) {
        y[t] += (wa * a[t] + wb * b[t]) + (wc * c[t] + wd * d[t]);
    }
}

void ruv_add_product(float *restrict y, const float *restrict x, const float *restrict w,
                     size_t rows, size_t columns)
{
    for (; rows >= 4; rows -= 4, x += 4, w += 4 * columns) {
        const float *const four[4] = {w, w + columns, w + 2 * columns, w + 3 * columns};
        ruv_add_scaled_4(y, x, four, columns);
    }
    for (; rows > 0; rows--, x++, w += columns) {
        ruv_add_scaled(y, *x, w, columns);
    }
}

void ruv_add_compensated(float *restrict sum, float *restrict lost, const float *restrict x,
                         size_t width)
{
    for (size_t t = 0; t < width; t++) {
        const float addend = x[t] - lost[t];
        const float total = sum[t] + addend;
        lost[t] = (total - sum[t]) - addend;
        sum[t] = total;
    }
}

bool ruv_all_finite(const float *x, size_t n)
{
    const uint32_t exponent = 0x7F800000u; // all ones in NaN and infinity only
    for (size_t t = 0; t < n; t++) {
        if ((ruv_float_bits(x[t]) & exponent) == exponent) {
            return false;
        }
    }
    return true;
}

double ruv_inverse_sqrt(uint32_t n)
{
    double scaled = n; // n / 4^halvings, in (1/4, 1]
    double scale = 1.0;
    while (scaled > 1.0) {
        scaled *= 0.25;
        scale *= 0.5;
    }
    double y = 1.0; // Newton's iteration for 1 / sqrt(scaled), from below
    for (int i = 0; i < 7; i++) {
        y *= 1.5 - 0.5 * scaled * y * y;
    }
    return y * scale;
}
