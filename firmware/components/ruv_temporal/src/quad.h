// The fast kernel's three loops over a tile of candidates, for 4 queries at a time that read the
// same rows, or for 1. What belongs to a candidate lies together: [candidate][lane].
#pragma once

#include "lanes.h"
#include "ruv_blob.h"
#include "tile.h"

// Rows that one query reads and the others do not, as many for each.
typedef struct {
    uint32_t count;
    const float *rows[RUV_LANES][RUV_OWN]; // by lane
} ruv_own_t;

// The rows of one key/value head's candidates, keys or values.
typedef struct {
    const void *near; // [near_count] rows of dtype, `stride` elements from one to the next
    size_t stride;
    uint32_t near_count; // a multiple of RUV_TILE
    uint32_t far_count;
    const float *const *far; // [far_count] rows
    ruv_dtype_t dtype;
    uint32_t width;
    const ruv_own_t *own; // the last candidates, float32, of 4 lanes; NULL: none
} ruv_rows_t;

// The softmax of up to RUV_LANES queries over the tiles so far. Powers are of two: the weight of a
// score is 2^(scale·score - top).
typedef struct {
    float top[RUV_LANES];     // the largest score, or one close to it
    float rescale[RUV_LANES]; // what earlier weights shrank by when `top` rose last
    float sum[RUV_LANES];     // of the weights
    float lost[RUV_LANES];    // what rounding took from `sum`
    bool empty;               // no tile yet
    bool in_range;            // every score was finite
} ruv_softmax_t;

// queries[t][l] = q_l[t]
void ruv_interleave(const float *const *q /*[RUV_LANES][width]*/, uint32_t width,
                    float *queries /*[width][RUV_LANES]*/);

// scores[c][l] = query l · row c, of the near rows and the far ones.
void ruv_score_rows(uint32_t lanes, const ruv_rows_t *rows, const float *q /*[width][lanes]*/,
                    float *scores /*[near_count + far_count][lanes]*/);

// scores[c][l] = query l · its own row c
void ruv_score_own(const ruv_own_t *own, uint32_t width, const float *const *q /*[lanes][width]*/,
                   float *scores /*[count][RUV_LANES]*/);

void ruv_softmax_start(ruv_softmax_t *softmax);

// Turns scores into weights and adds them to the softmax. Returns false, with the softmax unchanged
// and the scores lost, when they are too far apart: more than about 64 powers of two.
bool ruv_weigh(uint32_t lanes, ruv_softmax_t *softmax, float scale, uint32_t count,
               float *scores /*[count][lanes], then weights*/);

// The same for any scores, in two passes.
void ruv_weigh_below_top(uint32_t lanes, ruv_softmax_t *softmax, float scale, uint32_t count,
                         float *scores /*[count][lanes], then weights*/);

// out[l] = factor[l] · the weighted sum of rows. False when an element is not finite.
bool ruv_sum_rows(uint32_t lanes, const ruv_rows_t *rows, const float *weights /*[count][lanes]*/,
                  const float *factor /*[lanes]*/, float *const *out /*[lanes][width]*/);
