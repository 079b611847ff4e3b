// Naive dense attention, the measure of what sparse attention saves. Not part of the firmware.
#pragma once

#include <stddef.h>
#include <stdint.h>

// out[i] = softmax-weighted mean of the values of tokens 0 … i.
void ruv_dense_attention(uint32_t n, uint32_t heads, uint32_t d, float scale,
                         const float *q /*[n, heads, d]*/, const float *k /*[n, heads, d]*/,
                         const float *v /*[n, heads, d]*/, float *out /*[n, heads, d]*/,
                         float *weights /*[n]*/);
