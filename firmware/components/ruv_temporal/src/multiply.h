// Products of row vectors and a matrix, up to RUV_LANES rows at a time.
#pragma once

#include "lanes.h"

// Rows beyond `count` repeat the last one.
typedef struct {
    const float *x[RUV_LANES]; // [rows] each
    float *y[RUV_LANES];       // [columns] each; must not overlap with x or w
    uint32_t count;            // at least 1
} ruv_batch_t;

// y = x W, or y += x W.
void ruv_multiply(const ruv_batch_t *batch, const float *w /*[rows, columns]*/, uint32_t rows,
                  uint32_t columns, bool add);

// The same as plain loops.
void ruv_multiply_plain(const ruv_batch_t *batch, const float *w /*[rows, columns]*/, uint32_t rows,
                        uint32_t columns, bool add);
