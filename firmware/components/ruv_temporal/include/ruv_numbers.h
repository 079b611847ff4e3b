// The exponential function and float16, in code of our own: every target computes the same bits.
#pragma once

#include <stdint.h>

// e^x. The error is below 1 ulp of the result for every x (how it was measured stands beside the
// definition); below about -103.97 the result is 0, above about 88.72 infinity, and NaN stays NaN.
float ruv_expf(float x);

#define RUV_HALF_MAX 65504.0f

// IEEE 754 binary16 to binary32: exact for every half, subnormals, infinities and NaN payloads
// included.
float ruv_half_to_float(uint16_t half);

// Rounds to nearest, ties to even, subnormals included; beyond the range it gives an infinity.
uint16_t ruv_half_from_float(float value);
