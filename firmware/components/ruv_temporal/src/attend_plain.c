// The definition as loops, one query head and one candidate after the other: the plain kernel,
// which the fast one is tested and measured against, and the fallback in double precision.

#include <float.h>
#include <string.h>

#include "attend.h"
#include "rows.h"
#include "ruv_numbers.h"
#include "tile.h"
#include "vector.h"

// The candidates of one key/value head.
typedef struct {
    const ruv_view_t *view;
    uint32_t n_runs;
    uint32_t kv_head;
} head_t;

static bool next(const head_t *head, ruv_cursor_t *cursor)
{
    cursor->offset++;
    if (cursor->offset == head->view->scratch->runs[cursor->run].count) {
        *cursor = (ruv_cursor_t){.run = cursor->run + 1};
    }
    return cursor->run < head->n_runs;
}

static const float *row_at(const head_t *head, const ruv_cursor_t *cursor, const void *items,
                           const float *block_items)
{
    const ruv_view_t *view = head->view;
    const ruv_run_t *run = &view->scratch->runs[cursor->run];
    const size_t number = (size_t)run->first + cursor->offset;
    const size_t first = (number * view->n_kv_heads + head->kv_head) * view->head_dim;
    if (run->landmarks) {
        return block_items + first;
    }
    return ruv_row(items, view->dtype, first, view->head_dim, view->scratch->decoded);
}

// ---- scores or weighted sums beyond the range of float32 ----------------------------------------
//
// The product of two floats is below 2^256, so that nothing here leaves the range of double.

static double score_f64(const head_t *head, const ruv_cursor_t *cursor, const float *q,
                        uint32_t q_stride)
{
    const ruv_view_t *view = head->view;
    const float *key = row_at(head, cursor, view->keys, view->block_keys);
    double sum = 0.0;
    for (size_t t = 0; t < view->head_dim; t++) {
        sum += (double)q[t * q_stride] * (double)key[t];
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
    const head_t head = {.view = view, .n_runs = n_runs, .kv_head = kv_head};
    double *sum = view->scratch->wide; // [head_dim]
    double top = -DBL_MAX, weights = 0.0;
    ruv_cursor_t cursor = {.run = 0};
    do {
        const double s = score_f64(&head, &cursor, q, q_stride);
        top = s > top ? s : top;
    } while (next(&head, &cursor));
    for (uint32_t t = 0; t < view->head_dim; t++) {
        sum[t] = 0.0;
    }
    cursor = (ruv_cursor_t){.run = 0};
    do {
        const double s = score_f64(&head, &cursor, q, q_stride);
        const double weight = (double)ruv_expf(to_float(s - top));
        const float *value = row_at(&head, &cursor, view->values, view->block_values);
        weights += weight;
        for (uint32_t t = 0; t < view->head_dim; t++) {
            sum[t] += weight * (double)value[t];
        }
    } while (next(&head, &cursor));
    for (uint32_t t = 0; t < view->head_dim; t++) {
        out[t] = to_float(sum[t] / weights);
    }
}

// ---- the plain kernel ---------------------------------------------------------------------------

#define CHUNK (RUV_CANDIDATES * RUV_LANES) // candidates weighed at a time

typedef struct {
    float top;   // the largest score so far
    float sum;   // of the weights e^(score - top)
    bool finite; // no score left the range of float32
} softmax_t;

// Scores of the candidates from the cursor on. Returns how many.
static uint32_t score_chunk(const head_t *head, const float *q, ruv_cursor_t cursor)
{
    const ruv_view_t *view = head->view;
    uint32_t count = 0;
    do {
        const float *key = row_at(head, &cursor, view->keys, view->block_keys);
        view->scratch->scores[count++] = view->scale * ruv_dot(q, key, view->head_dim);
    } while (next(head, &cursor) && count < CHUNK);
    return count;
}

// Turns scores into weights. Returns what earlier weights shrink by.
static float weigh_chunk(softmax_t *softmax, uint32_t count, float *scores)
{
    float top = softmax->top;
    for (uint32_t c = 0; c < count; c++) {
        softmax->finite = softmax->finite && scores[c] >= -FLT_MAX && scores[c] <= FLT_MAX;
        top = scores[c] > top ? scores[c] : top;
    }
    const float rescale = ruv_expf(softmax->top - top);
    softmax->top = top;
    softmax->sum *= rescale;
    for (uint32_t c = 0; c < count; c++) {
        scores[c] = ruv_expf(scores[c] - top);
        softmax->sum += scores[c];
    }
    return rescale;
}

static void attend_head(const head_t *head, const float *q, float *out)
{
    const ruv_view_t *view = head->view;
    const uint32_t d = view->head_dim;
    float *query = view->scratch->queries; // `out` may be `q`
    memcpy(query, q, d * sizeof *query);
    memset(out, 0, d * sizeof *out);
    softmax_t softmax = {.top = -FLT_MAX, .finite = true};
    for (ruv_cursor_t cursor = {.run = 0}; cursor.run < head->n_runs;) {
        const uint32_t count = score_chunk(head, query, cursor);
        const float rescale = weigh_chunk(&softmax, count, view->scratch->scores);
        for (uint32_t t = 0; t < d; t++) {
            out[t] *= rescale;
        }
        for (uint32_t c = 0; c < count; c++) {
            const float *value = row_at(head, &cursor, view->values, view->block_values);
            ruv_add_scaled(out, view->scratch->scores[c], value, d);
            (void)next(head, &cursor);
        }
    }
    for (uint32_t t = 0; t < d; t++) {
        out[t] /= softmax.sum;
    }
    if (!softmax.finite || !ruv_all_finite(out, d)) {
        ruv_attend_f64(view, head->n_runs, head->kv_head, query, 1, out);
    }
}

void ruv_attend_plain(const ruv_view_t *view, uint32_t n_runs, const float *q, float *out)
{
    const uint32_t group = view->n_q_heads / view->n_kv_heads;
    head_t head = {.view = view, .n_runs = n_runs};
    for (; head.kv_head < view->n_kv_heads; head.kv_head++) {
        for (uint32_t member = 0; member < group; member++) {
            const size_t at = (size_t)ruv_query_head(view, head.kv_head, member) * view->head_dim;
            attend_head(&head, q + at, out + at);
        }
    }
}
