// Naive causal dense attention, the measure of what sparse attention saves: each token weighs every
// earlier one. Not part of the firmware.
#include <float.h>
#include <stddef.h>
#include <stdint.h>

#include "ruv_numbers.h"

static float dot(const float *x /*[d]*/, const float *y /*[d]*/, uint32_t d)
{
    float sum = 0.0f;
    for (uint32_t t = 0; t < d; t++) {
        sum += x[t] * y[t];
    }
    return sum;
}

static void attend(uint32_t count, uint32_t stride, uint32_t d, float scale, const float *q,
                   const float *k, const float *v, float *out, float *weights)
{
    float top = -FLT_MAX, sum = 0.0f;
    for (uint32_t j = 0; j < count; j++) {
        weights[j] = scale * dot(q, k + (size_t)j * stride, d);
        top = weights[j] > top ? weights[j] : top;
    }
    for (uint32_t t = 0; t < d; t++) {
        out[t] = 0.0f;
    }
    for (uint32_t j = 0; j < count; j++) {
        const float weight = ruv_expf(weights[j] - top);
        sum += weight;
        for (uint32_t t = 0; t < d; t++) {
            out[t] += weight * v[(size_t)j * stride + t];
        }
    }
    for (uint32_t t = 0; t < d; t++) {
        out[t] /= sum;
    }
}

// out[i]: the mean of the values of tokens 0 … i, weighted by softmax.
void ruv_dense_attention(uint32_t n, uint32_t heads, uint32_t d, float scale,
                         const float *q /*[n, heads, d]*/, const float *k /*[n, heads, d]*/,
                         const float *v /*[n, heads, d]*/, float *out /*[n, heads, d]*/,
                         float *weights /*[n]*/)
{
    for (uint32_t h = 0; h < heads; h++) {
        for (uint32_t i = 0; i < n; i++) {
            const size_t at = ((size_t)i * heads + h) * d;
            attend(i + 1, heads * d, d, scale, q + at, k + (size_t)h * d, v + (size_t)h * d,
                   out + at, weights);
        }
    }
}
