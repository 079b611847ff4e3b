// The matrices inside a parsed blob.
#pragma once

#include "ruv_blob.h"

typedef enum {
    RUV_WQ, // [D, Hq*d]
    RUV_WK, // [D, Hkv*d]
    RUV_WV, // [D, Hkv*d]
    RUV_WO, // [Hq*d, D]
    RUV_W1, // [D, M]
    RUV_B1, // [1, M]
    RUV_W2, // [M, D]
    RUV_B2, // [1, D]
    RUV_OF_LAYER,
    RUV_SCALE = RUV_OF_LAYER, // [1, F], and from here on one for the whole model
    RUV_OFFSET,               // [1, F], F being input_dim
    RUV_CONV_W,               // [L*F, E]
    RUV_CONV_B,               // [1, E]
    RUV_STEM_W1,              // [K*D, S]
    RUV_STEM_B1,              // [1, S]
    RUV_STEM_W2,              // [S, D]
    RUV_STEM_B2,              // [1, D]
    RUV_WC,                   // [D, n_classes], or [2*D, n_classes] with maxima
    RUV_MATRICES,
} ruv_matrix_id_t;

// One row-major matrix as it lies in the blob: any alignment, float32 or float16.
typedef struct {
    const uint8_t *bytes;
    ruv_dtype_t dtype;
    uint32_t rows;
    uint32_t columns;
} ruv_matrix_t;

// `layer` is ignored where there is one for the whole model. A matrix that the blob does not
// have has no rows or no columns.
ruv_matrix_t ruv_weights(const ruv_blob_t *blob, uint32_t layer, ruv_matrix_id_t id);

float ruv_matrix_element(const ruv_matrix_t *matrix, size_t row, size_t column);

// One row, or the whole matrix, as float32: in the blob if it can be read there, else decoded. All
// numbers must be finite (ruv_weights_finite).
const float *ruv_matrix_row(const ruv_matrix_t *matrix, size_t row, float *decoded /*[columns]*/);
const float *ruv_matrix_floats(const ruv_matrix_t *matrix, float *decoded /*[rows, columns]*/);

// Whether every weight of the blob is finite.
bool ruv_weights_finite(const ruv_blob_t *blob);
