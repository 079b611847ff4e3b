// IEEE 754 binary16 <-> binary32, exact, without hardware support.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RUV_HALF_MAX 65504.0f

// Exact for every half, subnormals, infinities and NaN payloads included.
float ruv_half_to_float(uint16_t half);

// Rounds to nearest, ties to even, subnormals included; beyond the range gives an infinity.
uint16_t ruv_half_from_float(float value);

#ifdef __cplusplus
}
#endif
