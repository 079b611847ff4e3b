// What the fast kernel is made of: tiles that stay in registers. A tile computes RUV_LANES queries,
// which read the same rows, against RUV_TILE rows or columns, so that each number that is loaded is
// used RUV_TILE or RUV_LANES times.
#pragma once

#include <stdint.h>

#include "float_bits.h"

#define RUV_LANES 4u

// 4 x 4 sums and 8 operands take 24 float registers; the Xtensa has 16 of them.
#if defined(__XTENSA__)
#define RUV_TILE 2u
#else
#define RUV_TILE 4u
#endif

#define RUV_INLINE static inline __attribute__((always_inline))
#if defined(__SANITIZE_ADDRESS__)
#define RUV_UNROLL // every unrolled access would be checked apart: a gigabyte to compile
#else
#define RUV_UNROLL _Pragma("GCC unroll 8")
#endif
#define RUV_STEPS 8u // elements, or rows of a matrix, between two turns of a loop

// Keeps the compiler from computing the address of each element that lies beside *pointer.
#define RUV_ONE_ADDRESS(pointer) __asm__("" : "+r"(pointer))

// a·b + c, rounded once where the target does that in one instruction.
RUV_INLINE float ruv_fma(float a, float b, float c)
{
#if defined(__FP_FAST_FMAF)
    return __builtin_fmaf(a, b, c);
#else
    return a * b + c;
#endif
}

// A finite half. Moved to its place in a float, its exponent is 112 too small.
RUV_INLINE float ruv_finite_half(int16_t half)
{
    const uint32_t moved = (uint32_t)(int32_t)half << 13 & 0x8FFFE000u;
    return ruv_float_from_bits(moved) * 0x1p112f;
}
