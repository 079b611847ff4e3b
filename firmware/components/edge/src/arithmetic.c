#include <float.h>
#include <stdint.h>
#include <string.h>

#include "edge_arithmetic.h"
#include "edge_parts.h"

#define MANTISSA_BITS 23u
#define SQRT_HALF     0x3F3504F3u // as bits
#define LN_2          0.693147180f

// log(2^e m) = e log 2 + 2 artanh((m - 1) / (m + 1)), with m from sqrt(1/2) to sqrt(2), and five
// terms of the series: what is left out is below 1e-9.
float edge_logf(float x)
{
    const float least = x >= FLT_MIN ? x : FLT_MIN;
    uint32_t bits;
    memcpy(&bits, &least, sizeof bits);
    const int32_t above = (int32_t)bits - (int32_t)SQRT_HALF; // in steps of m from sqrt(1/2) on
    const int32_t exponent =
        above >= 0 ? above >> MANTISSA_BITS : -((-above - 1) >> MANTISSA_BITS) - 1;
    bits -= (uint32_t)exponent << MANTISSA_BITS;
    float m;
    memcpy(&m, &bits, sizeof m);
    const float s = (m - 1.0f) / (m + 1.0f);
    const float square = s * s;
    float series = square * (1.0f / 9.0f) + (1.0f / 7.0f);
    series = series * square + (1.0f / 5.0f);
    series = series * square + (1.0f / 3.0f);
    series = series * square;
    return (float)exponent * LN_2 + (2.0f * s + 2.0f * s * series);
}

void edge_sort(float *x /*[n]*/, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        const float moved = x[i];
        uint32_t j = i;
        for (; j > 0 && x[j - 1u] > moved; j--) {
            x[j] = x[j - 1u];
        }
        x[j] = moved;
    }
}

float edge_median(float *x /*[n]*/, uint32_t n)
{
    edge_sort(x, n);
    return n % 2u ? x[n / 2u] : 0.5f * (x[n / 2u - 1u] + x[n / 2u]);
}
