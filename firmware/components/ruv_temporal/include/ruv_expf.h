// The exponential of the plain kernel and of the double-precision fallback: own code, so that every
// target computes the same bits.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// e^x. Error below 1 ulp of the result for every x (see the measurement beside the definition);
// below about -103.97 it is 0, above about 88.72 infinity, NaN stays NaN.
float ruv_expf(float x);

#ifdef __cplusplus
}
#endif
