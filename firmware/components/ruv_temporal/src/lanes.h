// What the fast kernel is made of: tiles that stay in registers. A tile computes RUV_LANES queries,
// which read the same rows, against RUV_WIDE or RUV_TILE rows or columns, so that each number that
// is loaded is used that often, or RUV_LANES times.
#pragma once

#include <stdbool.h>

#include "bits.h"

#define RUV_LANES 4u

// What fits the float registers: the Xtensa has 16 of them, others 32. Six rows fit RISC-V as long
// as the compiler loads them one after the other, and not ahead (see CMakeLists.txt).
#if defined(__XTENSA__)
#define RUV_TILE 2u
#define RUV_WIDE 2u
#elif defined(__riscv)
#define RUV_TILE 4u
#define RUV_WIDE 6u
#else
#define RUV_TILE 4u
#define RUV_WIDE 4u
#endif

#define RUV_INLINE static inline __attribute__((always_inline))
#if defined(__SANITIZE_ADDRESS__)
#define RUV_UNROLL // the check of every unrolled access would take a gigabyte to compile
#else
#define RUV_UNROLL _Pragma("GCC unroll 8")
#endif
#define RUV_EACH(i, n) RUV_UNROLL for (uint32_t i = 0; i < (n); i++)
#define RUV_STEPS      8u // elements, or rows of a matrix, between two turns of a loop

// Keeps the compiler from computing the address of each element that lies beside *pointer.
#define RUV_ONE_ADDRESS(pointer) __asm__("" : "+r"(pointer))

// Whether the next tile is a wide one when so many rows or columns are left: not where two tiles of
// RUV_TILE leave fewer over.
RUV_INLINE bool ruv_wide_next(size_t left)
{
    return left >= RUV_WIDE && (left < 2 * RUV_TILE || left >= RUV_WIDE + RUV_TILE);
}

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

// Element t of a row, float16 or float32.
RUV_INLINE float ruv_row_element(const void *row, bool half, size_t t)
{
    return half ? ruv_finite_half(((const int16_t *)row)[t]) : ((const float *)row)[t];
}

// sum[r][l] += row[r] · lane[l], or = that when these are the first terms. The shorter side is held
// in registers, and the other one read number by number.
RUV_INLINE void ruv_multiply_tile(uint32_t lanes, uint32_t rows, bool half, bool first,
                                  const float *const *lane, const void *const *row,
                                  float sum[RUV_WIDE][RUV_LANES])
{
    const bool hold_lanes = lanes <= rows;
    const uint32_t held = hold_lanes ? lanes : rows, read = hold_lanes ? rows : lanes;
    float x[RUV_WIDE];
    RUV_EACH(i, held) {
        x[i] = hold_lanes ? *lane[i] : ruv_row_element(row[i], half, 0);
    }
    RUV_EACH(j, read) {
        const float y = hold_lanes ? ruv_row_element(row[j], half, 0) : *lane[j];
        RUV_EACH(i, held) {
            float *const at = hold_lanes ? &sum[j][i] : &sum[i][j];
            *at = first ? x[i] * y : ruv_fma(x[i], y, *at);
        }
    }
}
