#include "weights.h"

#include <math.h>

#include "bits.h"
#include "rows.h"

static float load(const uint8_t *bytes, ruv_dtype_t dtype, size_t index)
{
    const uint8_t *item = bytes + index * ruv_item_size(dtype);
    return dtype == RUV_DTYPE_F16 ? ruv_half_to_float(ruv_load_u16(item))
                                  : ruv_float_from_bits(ruv_load_u32(item));
}

// The same for weights that are known to be finite.
static float load_finite(const uint8_t *bytes, ruv_dtype_t dtype, size_t index)
{
    const uint8_t *item = bytes + index * ruv_item_size(dtype);
    return dtype == RUV_DTYPE_F16 ? ruv_finite_half((int16_t)ruv_load_u16(item))
                                  : ruv_float_from_bits(ruv_load_u32(item));
}

typedef struct {
    uint32_t rows;
    uint32_t columns;
} dimensions_t;

static void find_dimensions(const ruv_blob_t *blob, dimensions_t *of /*[RUV_MATRICES]*/)
{
    const uint32_t d = blob->dim, hidden = blob->mlp_width, stem = blob->stem_width;
    const uint32_t q = blob->n_q_heads * blob->head_dim;
    const uint32_t kv = blob->n_kv_heads * blob->head_dim;
    of[RUV_WQ] = (dimensions_t){d, q};
    of[RUV_WK] = of[RUV_WV] = (dimensions_t){d, kv};
    of[RUV_WO] = (dimensions_t){q, d};
    of[RUV_W1] = (dimensions_t){d, hidden};
    of[RUV_B1] = (dimensions_t){1, hidden};
    of[RUV_W2] = (dimensions_t){hidden, d};
    of[RUV_B2] = (dimensions_t){hidden != 0, d};
    of[RUV_SCALE] = of[RUV_OFFSET] = (dimensions_t){blob->input_affine, blob->input_dim};
    of[RUV_CONV_W] = (dimensions_t){blob->conv_taps * blob->input_dim, blob->conv_width};
    of[RUV_CONV_B] = (dimensions_t){1, blob->conv_width};
    of[RUV_STEM_W1] = (dimensions_t){blob->stem_taps * d, stem};
    of[RUV_STEM_B1] = (dimensions_t){1, stem};
    of[RUV_STEM_W2] = (dimensions_t){stem, d};
    of[RUV_STEM_B2] = (dimensions_t){stem != 0, d};
    of[RUV_WC] = (dimensions_t){blob->max_pooling ? 2 * d : d, blob->n_classes};
}

// Weights of the matrices from `first` up to, but not including, `last`.
static size_t count(const dimensions_t *of, ruv_matrix_id_t first, ruv_matrix_id_t last)
{
    size_t weights = 0;
    for (ruv_matrix_id_t id = first; id < last; id++) {
        weights += (size_t)of[id].rows * of[id].columns;
    }
    return weights;
}

// In the blob scale, offset, convolution and stem come first, then the layers, then Wc.
// ruv_blob_parse has checked that all matrices fit in the blob, so no product here can overflow.
ruv_matrix_t ruv_weights(const ruv_blob_t *blob, uint32_t layer, ruv_matrix_id_t id)
{
    dimensions_t of[RUV_MATRICES];
    find_dimensions(blob, of);
    const bool ahead = id >= RUV_SCALE && id < RUV_WC; // of the layers
    size_t at = count(of, RUV_SCALE, ahead ? id : RUV_WC);
    if (!ahead) {
        const size_t per_layer = count(of, RUV_WQ, RUV_OF_LAYER);
        at += per_layer * (id == RUV_WC ? blob->n_layers : layer);
        at += id == RUV_WC ? 0 : count(of, RUV_WQ, id);
    }
    return (ruv_matrix_t){
        .bytes = blob->weights + at * ruv_item_size(blob->dtype),
        .dtype = blob->dtype,
        .rows = of[id].rows,
        .columns = of[id].columns,
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
    const uint8_t *items = matrix->bytes + first * ruv_item_size(matrix->dtype);
    if (in_place(matrix, items)) {
        return (const float *)(const void *)items;
    }
    for (size_t i = 0; i < count; i++) {
        decoded[i] = load_finite(items, matrix->dtype, i);
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
    const size_t count = blob->weights_len / ruv_item_size(blob->dtype);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(load(blob->weights, blob->dtype, i))) {
            return false;
        }
    }
    return true;
}
