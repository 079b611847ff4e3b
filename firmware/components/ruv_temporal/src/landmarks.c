#include "landmarks.h"

#include <math.h>
#include <string.h>

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
        const float value = ruv_element(row, dtype, t);
        ruv_add_compensated(sum + t, lost + t, &value, 1);
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

void ruv_landmarks_of(float *means, float *lost, const float *rows, uint32_t n, uint32_t block_size,
                      size_t width)
{
    float *mean = means;
    for (uint32_t first = 0; first < n; mean += width) {
        const uint32_t count = n - first < block_size ? n - first : block_size;
        const float *block = rows + first * width;
        for (uint32_t j = 0; j < count; j++) {
            ruv_landmark_add(mean, lost, j, block + j * width, RUV_DTYPE_F32, width);
        }
        ruv_landmark_mean(mean, mean, block, RUV_DTYPE_F32, count, width);
        first += count;
    }
}
