// Landmarks: the mean key and the mean value of a block of consecutive tokens.
#pragma once

#include "ruv_blob.h"

// Adds token row number `at` of its block to the block's sum; row 0 starts the sum anew.
// `lost` keeps what rounding took from `sum`.
void ruv_landmark_add(float *sum /*[width]*/, float *lost /*[width]*/, uint32_t at,
                      const void *row /*[width] of dtype*/, ruv_dtype_t dtype, size_t width);

// The mean of a block from its finished sum. Where the sum left the range of float32, it is formed
// again from the rows.
void ruv_landmark_mean(float *mean /*[width]*/, const float *sum /*[width], may be mean*/,
                       const void *rows /*[count, width] of dtype*/, ruv_dtype_t dtype,
                       uint32_t count, size_t width);

// The means of all blocks of a sequence, of which the last may be short. `needed` is a row of
// ruv_needed_tokens_t: then only of the blocks all of whose tokens are in it. NULL: of all.
void ruv_landmarks_of(float *means /*[ceil(n / block_size), width]*/,
                      const float *rows /*[n, width]*/, uint32_t n, uint32_t block_size,
                      size_t width, const uint32_t *needed);
