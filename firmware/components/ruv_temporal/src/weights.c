#include "weights.h"

#include <math.h>

#include "float_bits.h"
#include "little_endian.h"
#include "ruv_half.h"

static size_t item_size(ruv_dtype_t dtype)
{
    return dtype == RUV_DTYPE_F16 ? 2 : 4;
}

static float load(const uint8_t *bytes, ruv_dtype_t dtype, size_t index)
{
    const uint8_t *item = bytes + index * item_size(dtype);
    return dtype == RUV_DTYPE_F16 ? ruv_half_to_float(ruv_load_u16(item))
                                  : ruv_float_from_bits(ruv_load_u32(item));
}

// ruv_blob_parse has checked that all matrices fit in the blob, so no product here can overflow.
ruv_matrix_t ruv_weights(const ruv_blob_t *blob, uint32_t layer, ruv_matrix_id_t id)
{
    const uint32_t d = blob->input_dim;
    const uint32_t q = blob->n_q_heads * blob->head_dim;
    const uint32_t kv = blob->n_kv_heads * blob->head_dim;
    const size_t per_layer = 2 * (size_t)d * (q + kv);
    const size_t before[] = {
        [RUV_WQ] = 0,
        [RUV_WK] = (size_t)d * q,
        [RUV_WV] = (size_t)d * (q + kv),
        [RUV_WO] = (size_t)d * (q + kv + kv),
        [RUV_WC] = 0,
    };
    const size_t at = per_layer * (id == RUV_WC ? blob->n_layers : layer) + before[id];
    const uint32_t columns[] = {
        [RUV_WQ] = q, [RUV_WK] = kv, [RUV_WV] = kv, [RUV_WO] = d, [RUV_WC] = blob->n_classes,
    };
    return (ruv_matrix_t){
        .bytes = blob->weights + at * item_size(blob->dtype),
        .dtype = blob->dtype,
        .rows = id == RUV_WO ? q : d,
        .columns = columns[id],
    };
}

float ruv_matrix_element(const ruv_matrix_t *matrix, size_t row, size_t column)
{
    return load(matrix->bytes, matrix->dtype, row * matrix->columns + column);
}

static bool in_place(const ruv_matrix_t *matrix, const uint8_t *items)
{
    const uint16_t probe = 1;
    return matrix->dtype == RUV_DTYPE_F32 && (uintptr_t)items % _Alignof(float) == 0 &&
           *(const uint8_t *)&probe == 1; // little-endian, as the blob is
}

static const float *floats(const ruv_matrix_t *matrix, size_t first, size_t count, float *decoded)
{
    const uint8_t *items = matrix->bytes + first * item_size(matrix->dtype);
    if (in_place(matrix, items)) {
        return (const float *)(const void *)items;
    }
    for (size_t i = 0; i < count; i++) {
        decoded[i] = load(items, matrix->dtype, i);
    }
    return decoded;
}

const float *ruv_matrix_row(const ruv_matrix_t *matrix, size_t row, float *decoded)
{
    return floats(matrix, row * matrix->columns, matrix->columns, decoded);
}

const float *ruv_matrix_floats(const ruv_matrix_t *matrix, float *decoded)
{
    return floats(matrix, 0, (size_t)matrix->rows * matrix->columns, decoded);
}

bool ruv_weights_finite(const ruv_blob_t *blob)
{
    const size_t count = blob->weights_len / item_size(blob->dtype);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(load(blob->weights, blob->dtype, i))) {
            return false;
        }
    }
    return true;
}
