// The exponential, inline for the softmax.
#pragma once

#include <stdint.h>

#include "float_bits.h"

// e^x = 2^k · e^r with k the integer nearest to x / ln 2 and |r| <= ln 2 / 2.

#define RUV_LOG2_E 1.44269504f
// ln 2 in two parts; k · ln 2's high part is exact because it has 16 significant bits.
#define RUV_LN2_HIGH 0x1.62e4p-1f
#define RUV_LN2_LOW  0x1.7f7d1cp-20f
// Adding this leaves a float whose lowest bits are the nearest integer.
#define RUV_ROUND_TO_INTEGER 0x1.8p23f

// Polynomial for (e^r - 1 - r) / r²: minimax of the relative error of e^r, which is 3.1e-9; each
// coefficient was refitted after the ones before it were rounded to float32.
#define RUV_EXP_C2 0.49999994f
#define RUV_EXP_C3 0.166665211f
#define RUV_EXP_C4 0.0416682549f
#define RUV_EXP_C5 0.00836866256f
#define RUV_EXP_C6 0.00138214685f

static inline float ruv_two_to_the(int32_t k) // -126 <= k <= 127
{
    return ruv_float_from_bits((uint32_t)(k + 127) << 23);
}

// p · 2^k = e^x where k is beyond the exponents of normal numbers, and what is left: x so large
// that k means nothing, and NaN.
float ruv_exp_extreme(float x, float p, int32_t k);

static inline float ruv_exp_inline(float x)
{
    const float shifted = x * RUV_LOG2_E + RUV_ROUND_TO_INTEGER;
    const float rounded = shifted - RUV_ROUND_TO_INTEGER;
    const float r = (x - rounded * RUV_LN2_HIGH) - rounded * RUV_LN2_LOW;
    const float tail = RUV_EXP_C4 + r * (RUV_EXP_C5 + r * RUV_EXP_C6);
    const float p = 1.0f + (r + r * r * (RUV_EXP_C2 + r * (RUV_EXP_C3 + r * tail)));

    // Only the sums next to the constant, which are those of a small integer, pass as a small k.
    const int32_t k = (int32_t)(ruv_float_bits(shifted) - ruv_float_bits(RUV_ROUND_TO_INTEGER));
    if (k >= -126 && k <= 127) {
        return p * ruv_two_to_the(k);
    }
    return ruv_exp_extreme(x, p, k);
}
