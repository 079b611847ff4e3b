// 2^x for the weights of the softmax, x <= 0 but for rounding.
#pragma once

#include "lanes.h"

// 2^x = 2^n · 2^f with n the integer nearest to x and |f| <= 1/2, both exact. The polynomial for
// 2^f is minimax in its relative error, 9.4e-8 = 1.6·2^-24, with each coefficient refitted after
// the ones before it were rounded to float32 and the first fixed at 1, so that 2^0 is 1. Measured
// over every float in [-126, -2^-31]: the relative error is below 3·2^-24, with and without fused
// multiply-adds.
#define RUV_EXP2_C1 0.693147004f
#define RUV_EXP2_C2 0.240222469f
#define RUV_EXP2_C3 0.0555071086f
#define RUV_EXP2_C4 0.00967129227f
#define RUV_EXP2_C5 0.00132695341f

#define RUV_LOG2_E 1.44269504f // e^x = 2^(x · this)

#define RUV_EXP2_MIN     (-126.0f) // below it the result is no normal number
#define RUV_EXP2_NOTHING (-127.0f) // the result is 0, and still in range (see RUV_EXP2_IN_RANGE)
// Adding this leaves a float whose lowest 8 bits are the nearest integer, plus the exponents' bias.
#define RUV_EXP2_SHIFT (0x1.8p23f + 127.0f)

// x in two parts, on the way to 2^x.
typedef struct {
    uint32_t shifted; // the bits of x + RUV_EXP2_SHIFT
    float f;
} ruv_exp2_t;

RUV_INLINE ruv_exp2_t ruv_exp2_split(float x)
{
    const float shifted = x + RUV_EXP2_SHIFT;
    return (ruv_exp2_t){.shifted = ruv_float_bits(shifted), .f = x - (shifted - RUV_EXP2_SHIFT)};
}

RUV_INLINE float ruv_exp2_join(ruv_exp2_t x)
{
    float p = ruv_fma(x.f, RUV_EXP2_C5, RUV_EXP2_C4);
    p = ruv_fma(x.f, p, RUV_EXP2_C3);
    p = ruv_fma(x.f, p, RUV_EXP2_C2);
    p = ruv_fma(x.f, p, RUV_EXP2_C1);
    p = ruv_fma(x.f, p, 1.0f);
    return p * ruv_float_from_bits(x.shifted << 23);
}

// The bits of `shifted` where 2^n is a normal number, or 0 for n = -127, or infinity for n = 128:
// these, and any of the lowest 8.
#define RUV_EXP2_IN_RANGE 0x4B400000u

// From the AND and the OR of many `shifted`: whether all were in that range.
RUV_INLINE bool ruv_exp2_in_range(uint32_t all_set, uint32_t any_set)
{
    return (all_set & RUV_EXP2_IN_RANGE) == RUV_EXP2_IN_RANGE &&
           (any_set & ~0xFFu) == RUV_EXP2_IN_RANGE;
}

// x < 127; below -126 the result is 2^-126, which is negligible beside a weight of 1. NaN stays
// NaN.
RUV_INLINE float ruv_exp2_clamped(float x)
{
    return ruv_exp2_join(ruv_exp2_split(x < RUV_EXP2_MIN ? RUV_EXP2_MIN : x));
}
