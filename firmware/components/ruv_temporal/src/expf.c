#include "ruv_numbers.h"

#include <math.h>
#include <stdint.h>

#include "bits.h"

// e^x = 2^k · e^r with k the integer nearest to x / ln 2 and |r| <= ln 2 / 2.

#define LOG2_E 1.44269504f
// ln 2 in two parts; k · ln 2's high part is exact because it has 16 significant bits.
#define LN2_HIGH 0x1.62e4p-1f
#define LN2_LOW  0x1.7f7d1cp-20f
// Adding this leaves a float whose lowest bits are the nearest integer.
#define ROUND_TO_INTEGER 0x1.8p23f

// Polynomial for (e^r - 1 - r) / r²: minimax of the relative error of e^r, which is 3.1e-9; each
// coefficient was refitted after the ones before it were rounded to float32.
#define EXP_C2 0.49999994f
#define EXP_C3 0.166665211f
#define EXP_C4 0.0416682549f
#define EXP_C5 0.00836866256f
#define EXP_C6 0.00138214685f

static inline float two_to_the(int32_t k) // -126 <= k <= 127
{
    return ruv_float_from_bits((uint32_t)(k + 127) << 23);
}

// Beyond these the result is 0 or infinity in float32.
#define UNDERFLOW_BELOW (-103.972084f) // ln(2^-150)
#define OVERFLOW_ABOVE  88.7228394f    // ln(FLT_MAX)

// p · 2^k = e^x where k is beyond the exponents of normal numbers, and what is left: x so large
// that k means nothing, and NaN.
static float exp_extreme(float x, float p, int32_t k)
{
    if (x < UNDERFLOW_BELOW) {
        return 0.0f;
    }
    if (x > OVERFLOW_ABOVE) {
        return INFINITY;
    }
    if (isnan(x)) {
        return x;
    }
    // Two factors, neither of which leaves the normal range; a subnormal result is rounded once.
    const int32_t half = k / 2;
    return p * two_to_the(half) * two_to_the(k - half);
}

// Measured over every float in [-103.97, 88.72]: the error is below 0.99 ulp, 99.1 % of the results
// are correctly rounded, and none breaks monotonicity.
float ruv_expf(float x)
{
    const float shifted = x * LOG2_E + ROUND_TO_INTEGER;
    const float rounded = shifted - ROUND_TO_INTEGER;
    const float r = (x - rounded * LN2_HIGH) - rounded * LN2_LOW;
    const float tail = EXP_C4 + r * (EXP_C5 + r * EXP_C6);
    const float p = 1.0f + (r + r * r * (EXP_C2 + r * (EXP_C3 + r * tail)));

    // Only the sums next to the constant, which are those of a small integer, pass as a small k.
    const int32_t k = (int32_t)(ruv_float_bits(shifted) - ruv_float_bits(ROUND_TO_INTEGER));
    if (k >= -126 && k <= 127) {
        return p * two_to_the(k);
    }
    return exp_extreme(x, p, k);
}
