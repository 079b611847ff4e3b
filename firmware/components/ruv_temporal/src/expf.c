#include "ruv_expf.h"

#include <math.h>

#include "exp_core.h"

// Beyond these the result is 0 or infinity in float32.
#define UNDERFLOW_BELOW (-103.972084f) // ln(2^-150)
#define OVERFLOW_ABOVE  88.7228394f    // ln(FLT_MAX)

float ruv_exp_extreme(float x, float p, int32_t k)
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
    return p * ruv_two_to_the(half) * ruv_two_to_the(k - half);
}

// Measured over every float in [-103.97, 88.72]: the error is below 0.99 ulp, 99.1 % of the results
// are correctly rounded, and none breaks monotonicity.
float ruv_expf(float x)
{
    return ruv_exp_inline(x);
}
