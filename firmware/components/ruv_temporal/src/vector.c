#include "vector.h"

#include "lanes.h"

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

void ruv_scale_and_add(float *restrict y, const float *restrict scale, const float *restrict offset,
                       size_t width)
{
    for (size_t t = 0; t < width; t++) {
        y[t] = ruv_fma(y[t], scale[t], offset[t]);
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

void ruv_copy(float *restrict y, const float *restrict x, size_t n)
{
    size_t t = 0;
    for (; t + RUV_STEPS <= n; t += RUV_STEPS) {
        RUV_EACH(step, RUV_STEPS) {
            y[t + step] = x[t + step];
        }
    }
    for (; t < n; t++) {
        y[t] = x[t];
    }
}

bool ruv_all_finite(const float *x, size_t n)
{
    float check = 0.0f; // 0 times a number is 0; times NaN or infinity it is NaN
    size_t t = 0;
    for (; t + RUV_STEPS <= n; t += RUV_STEPS) {
        RUV_EACH(step, RUV_STEPS) {
            check = ruv_fma(x[t + step], 0.0f, check);
        }
    }
    for (; t < n; t++) {
        check = ruv_fma(x[t], 0.0f, check);
    }
    return check == 0.0f;
}

double ruv_inverse_sqrt(uint32_t n)
{
    float scaled = (float)n; // n / 4^halvings, in (1/4, 1]
    float scale = 1.0f;
    while (scaled > 1.0f) {
        scaled *= 0.25f;
        scale *= 0.5f;
    }
    float y = 1.0f; // Newton's iteration for 1 / sqrt(scaled), from below
    for (int i = 0; i < 6; i++) {
        y *= 1.5f - 0.5f * scaled * y * y;
    }
    const double precise = (double)(y * scale); // and one more step in double precision
    return precise * (1.5 - 0.5 * (double)n * precise * precise);
}
