// The fallback for inputs whose scores or weighted sums leave the range of float32. The product of
// two floats is below 2^256, so that nothing here leaves the range of double.

#include <float.h>

#include "attend.h"
#include "rows.h"
#include "ruv_expf.h"

// One candidate's element t, of the keys or of the values.
typedef struct {
    const void *keys;
    const void *values;
    ruv_dtype_t dtype;
    size_t first; // element of the row
} candidate_t;

static candidate_t candidate(const ruv_view_t *view, const ruv_run_t *run, uint32_t j,
                             uint32_t kv_head)
{
    const size_t row = ((size_t)run->first + j) * view->n_kv_heads + kv_head;
    return (candidate_t){
        .keys = run->landmarks ? view->block_keys : view->keys,
        .values = run->landmarks ? view->block_values : view->values,
        .dtype = run->landmarks ? RUV_DTYPE_F32 : view->dtype,
        .first = row * view->head_dim,
    };
}

static double score(const ruv_view_t *view, const candidate_t *at, const float *q,
                    uint32_t q_stride)
{
    double sum = 0.0;
    for (uint32_t t = 0; t < view->head_dim; t++) {
        sum += (double)q[(size_t)t * q_stride] *
               (double)ruv_element(at->keys, at->dtype, at->first + t);
    }
    return sum * (double)view->scale;
}

static float to_float(double value)
{
    const double limit = (double)FLT_MAX;
    return (float)(value > limit ? limit : (value < -limit ? -limit : value));
}

void ruv_attend_f64(const ruv_view_t *view, uint32_t n_runs, uint32_t kv_head, const float *q,
                    uint32_t q_stride, float *out)
{
    const ruv_run_t *runs = view->scratch->runs;
    double *sum = view->scratch->wide; // [head_dim]
    double top = -DBL_MAX;
    for (uint32_t r = 0; r < n_runs; r++) {
        for (uint32_t j = 0; j < runs[r].count; j++) {
            const candidate_t at = candidate(view, &runs[r], j, kv_head);
            const double s = score(view, &at, q, q_stride);
            top = s > top ? s : top;
        }
    }
    for (uint32_t t = 0; t < view->head_dim; t++) {
        sum[t] = 0.0;
    }
    double weights = 0.0;
    for (uint32_t r = 0; r < n_runs; r++) {
        for (uint32_t j = 0; j < runs[r].count; j++) {
            const candidate_t at = candidate(view, &runs[r], j, kv_head);
            const double weight = (double)ruv_expf(to_float(score(view, &at, q, q_stride) - top));
            weights += weight;
            for (uint32_t t = 0; t < view->head_dim; t++) {
                sum[t] += weight * (double)ruv_element(at.values, at.dtype, at.first + t);
            }
        }
    }
    for (uint32_t t = 0; t < view->head_dim; t++) {
        out[t] = to_float(sum[t] / weights);
    }
}
