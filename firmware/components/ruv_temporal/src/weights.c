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

void ruv_matrix_row(const ruv_matrix_t *matrix, size_t row, float *out)
{
    for (size_t c = 0; c < matrix->columns; c++) {
        out[c] = ruv_matrix_element(matrix, row, c);
    }
}

void ruv_matrix_decode(const ruv_matrix_t *matrix, float *out)
{
    for (size_t r = 0; r < matrix->rows; r++) {
        ruv_matrix_row(matrix, r, out + r * matrix->columns);
    }
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
