#include "landmarks.h"

#include <math.h>
#include <string.h>

#include "needed_tokens.h"
#include "profile.h"
#include "rows.h"
#include "vector.h"

void ruv_landmark_add(float *sum, float *lost, uint32_t at, const void *row, ruv_dtype_t dtype,
                      size_t width)
{
    if (at == 0) {
        memset(sum, 0, width * sizeof *sum);
        memset(lost, 0, width * sizeof *lost);
    }
    if (dtype == RUV_DTYPE_F32) {
        ruv_add_compensated(sum, lost, row, width);
        return;
    }
    for (size_t t = 0; t < width; t++) {
        const float addend = ruv_element(row, dtype, t) - lost[t];
        const float total = sum[t] + addend;
        lost[t] = (total - sum[t]) - addend;
        sum[t] = total;
    }
}

void ruv_landmark_mean(float *mean, const float *sum, const void *rows, ruv_dtype_t dtype,
                       uint32_t count, size_t width)
{
    for (size_t t = 0; t < width; t++) {
        mean[t] = sum[t] / (float)count;
        if (isfinite(mean[t])) {
            continue;
        }
        double wide = 0.0;
        for (uint32_t j = 0; j < count; j++) {
            wide += (double)ruv_element(rows, dtype, j * width + t);
        }
        mean[t] = (float)(wide / count);
    }
}

// Compensated sums of some columns of a block's rows.
RUV_INLINE void sum_columns(uint32_t columns, float *sum, const float *rows, uint32_t count,
                            size_t width)
{
    float total[RUV_LANES], lost[RUV_LANES];
    RUV_EACH(k, columns) {
        total[k] = rows[k];
        lost[k] = 0.0f;
    }
    for (uint32_t j = 1; j < count; j++) {
        rows += width;
        RUV_EACH(k, columns) {
            const float addend = rows[k] - lost[k], before = total[k];
            total[k] = before + addend;
            lost[k] = (total[k] - before) - addend;
        }
    }
    RUV_EACH(k, columns) {
        sum[k] = total[k];
    }
}

static void sum_block(float *sum, const float *rows /*[count, width]*/, uint32_t count,
                      size_t width)
{
    size_t t = 0;
    for (; t + RUV_LANES <= width; t += RUV_LANES) {
        sum_columns(RUV_LANES, sum + t, rows + t, count, width);
    }
    for (; t < width; t++) {
        sum_columns(1, sum + t, rows + t, count, width);
    }
}

void ruv_landmarks_of(float *means, const float *rows, uint32_t n, uint32_t block_size,
                      size_t width, const uint32_t *needed)
{
    RUV_MARK(RUV_PHASE_LANDMARKS, 0);
    float *mean = means;
    for (uint32_t first = 0; first < n; mean += width) {
        const uint32_t count = n - first < block_size ? n - first : block_size;
        const float *block = rows + first * width;
        if (needed == NULL || ruv_needed_tokens_all(needed, first, count)) {
            sum_block(mean, block, count, width);
            ruv_landmark_mean(mean, mean, block, RUV_DTYPE_F32, count, width);
        }
        first += count;
    }
    RUV_MARK(RUV_PHASE_OTHER, 0);
}
