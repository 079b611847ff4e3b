// The bits of floats, without breaking aliasing rules, and integers from bytes at any alignment on
// a machine of any byte order.
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

static inline uint16_t ruv_load_u16(const uint8_t *bytes /*[2], little-endian*/)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t ruv_load_u32(const uint8_t *bytes /*[4], little-endian*/)
{
    return (uint32_t)ruv_load_u16(bytes) | (uint32_t)ruv_load_u16(bytes + 2) << 16;
}
