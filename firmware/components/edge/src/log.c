#include <float.h>
#include <stdint.h>
#include <string.h>

#include "edge_arithmetic.h"

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
