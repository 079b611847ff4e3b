// What the forms and the MLPs share: products with a matrix by the kernel in use, and the pooling.
#pragma once

#include "classifier_state.h"
#include "multiply.h"

// Some rows of an array.
typedef struct {
    float *rows;
    size_t width;
    const uint32_t *numbers; // [up to RUV_LANES]
} ruv_pick_t;

// y = x W or y += x W for `count` picked rows, by the kernel in use.
void ruv_project(const ruv_classifier_t *classifier, const ruv_pick_t *x, const ruv_pick_t *y,
                 uint32_t count, const float *w /*[x->width, y->width]*/, bool add);

void ruv_project_batch(const ruv_classifier_t *classifier, const ruv_batch_t *batch,
                       const float *w /*[rows, columns]*/, uint32_t rows, uint32_t columns,
                       bool add);

extern const uint32_t ruv_slots[RUV_LANES]; // 0, 1, 2, …: the first rows of an array

// pooled = the last token's state, or the mean over tokens, and the maxima behind it.
void ruv_pool(ruv_classifier_t *classifier, uint32_t n);

// 1 / count of each element.
void ruv_divide(float *x /*[width]*/, uint32_t count, size_t width);
