// Rows of keys and values, float32 or float16, read as float32.
#pragma once

#include "lanes.h"
#include "ruv_blob.h"
#include "ruv_numbers.h"

static inline size_t ruv_item_size(ruv_dtype_t dtype)
{
    return dtype == RUV_DTYPE_F16 ? sizeof(uint16_t) : sizeof(float);
}

// Element `index` of what a cache holds: always finite.
static inline float ruv_element(const void *items, ruv_dtype_t dtype, size_t index)
{
    return dtype == RUV_DTYPE_F16 ? ruv_finite_half(((const int16_t *)items)[index])
                                  : ((const float *)items)[index];
}

// One row of `width` elements as float32: where it lies, or decoded.
static inline const float *ruv_row(const void *items, ruv_dtype_t dtype, size_t first, size_t width,
                                   float *decoded /*[width]*/)
{
    if (dtype == RUV_DTYPE_F32) {
        return (const float *)items + first;
    }
    const int16_t *row = (const int16_t *)items + first;
    for (size_t t = 0; t < width; t++) {
        decoded[t] = ruv_finite_half(row[t]);
    }
    return decoded;
}
