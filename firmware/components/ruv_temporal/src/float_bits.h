// A float's bits, without breaking aliasing rules.
#pragma once

#include <stdint.h>
#include <string.h>

static inline uint32_t ruv_float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float ruv_float_from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
