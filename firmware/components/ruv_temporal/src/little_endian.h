// Loads of little-endian integers from bytes at any alignment, on a machine of any byte order.
#pragma once

#include <stdint.h>

static inline uint16_t ruv_load_u16(const uint8_t *bytes /*[2]*/)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t ruv_load_u32(const uint8_t *bytes /*[4]*/)
{
    return (uint32_t)ruv_load_u16(bytes) | (uint32_t)ruv_load_u16(bytes + 2) << 16;
}
