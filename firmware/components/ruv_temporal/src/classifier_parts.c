#include "classifier_parts.h"

#include <string.h>

#include "profile.h"
#include "vector.h"

void ruv_project_batch(const ruv_classifier_t *classifier, const ruv_batch_t *batch, const float *w,
                       uint32_t rows, uint32_t columns, bool add)
{
    RUV_MARK(RUV_PHASE_PROJECT, (uint64_t)batch->count * rows * columns);
    if (classifier->config.kernel == RUV_KERNEL_PLAIN) {
        ruv_multiply_plain(batch, w, rows, columns, add);
    } else {
        ruv_multiply(batch, w, rows, columns, add);
    }
    RUV_MARK(RUV_PHASE_OTHER, 0);
}

// Some rows of an array.
typedef struct {
    float *rows;
    size_t width;
    const uint32_t *numbers; // [up to RUV_LANES]
} pick_t;

static const uint32_t first_rows[RUV_LANES] = {0, 1, 2, 3};

// y = x W or y += x W for `count` picked rows.
static void project(const ruv_classifier_t *classifier, const pick_t *x, const pick_t *y,
                    uint32_t count, const float *w /*[x->width, y->width]*/, bool add)
{
    ruv_batch_t batch;
    batch.count = count;
    for (uint32_t l = 0; l < RUV_LANES; l++) {
        const uint32_t at = l < count ? l : count - 1;
        batch.x[l] = x->rows + x->numbers[at] * x->width;
        batch.y[l] = y->rows + y->numbers[at] * y->width;
    }
    ruv_project_batch(classifier, &batch, w, (uint32_t)x->width, (uint32_t)y->width, add);
}

void ruv_project_states(const ruv_classifier_t *classifier, uint32_t n_tokens,
                        const uint32_t *needed, const float *w, uint32_t columns, float *y)
{
    uint32_t tokens[RUV_LANES], count;
    const pick_t from = {classifier->x, classifier->blob.dim, tokens}, to = {y, columns, tokens};
    for (uint32_t end = n_tokens; (count = ruv_needed_tokens_take(needed, &end, tokens)) > 0;) {
        project(classifier, &from, &to, count, w, false);
    }
}

void ruv_attend_states(const ruv_classifier_t *classifier, const ruv_view_t *view,
                       const ruv_attention_layer_t *layer, const uint32_t *tokens, uint32_t count)
{
    const pick_t x = {classifier->x, classifier->blob.dim, tokens};
    const pick_t heads = {layer->heads, (size_t)view->n_q_heads * view->head_dim, first_rows};
    project(classifier, &x, &heads, count, layer->w_query, false);
    ruv_attend_batch(view, tokens, count, layer->heads, layer->heads);
}

void ruv_attend_layer(const ruv_classifier_t *classifier, const ruv_view_t *view,
                      const ruv_attention_layer_t *layer, const uint32_t *writes)
{
    uint32_t tokens[RUV_LANES], count;
    const pick_t x = {classifier->x, classifier->blob.dim, tokens};
    const pick_t heads = {layer->heads, (size_t)view->n_q_heads * view->head_dim, first_rows};
    // From the last token to the first: a token sees only earlier ones, which are still unchanged.
    for (uint32_t end = view->pattern->n_tokens;
         (count = ruv_needed_tokens_take(writes, &end, tokens)) > 0;) {
        ruv_attend_states(classifier, view, layer, tokens, count);
        project(classifier, &heads, &x, count, layer->w_state, true);
    }
}

void ruv_divide(float *x, uint32_t count, size_t width)
{
    for (size_t t = 0; t < width; t++) {
        x[t] /= (float)count;
    }
}

// The maxima lie behind the mean. They may lose a NaN: the mean has it too.
static void find_maxima(const ruv_classifier_t *classifier, uint32_t n)
{
    const uint32_t dim = classifier->blob.dim;
    float *maxima = classifier->pooled + dim;
    ruv_copy(maxima, classifier->x, dim);
    for (uint32_t i = 1; i < n; i++) {
        const float *x = classifier->x + (size_t)i * dim;
        for (uint32_t t = 0; t < dim; t++) {
            maxima[t] = x[t] > maxima[t] ? x[t] : maxima[t];
        }
    }
}

void ruv_pool(ruv_classifier_t *classifier, uint32_t n)
{
    const uint32_t dim = classifier->blob.dim;
    if (classifier->blob.pool == RUV_POOL_LAST) {
        memcpy(classifier->pooled, classifier->x + (size_t)(n - 1) * dim, dim * sizeof(float));
        return;
    }
    memset(classifier->pooled, 0, dim * sizeof(float));
    memset(classifier->pool_lost, 0, dim * sizeof(float));
    for (uint32_t i = 0; i < n; i++) {
        ruv_add_compensated(classifier->pooled, classifier->pool_lost,
                            classifier->x + (size_t)i * dim, dim);
    }
    ruv_divide(classifier->pooled, n, dim);
    if (classifier->blob.max_pooling) {
        find_maxima(classifier, n);
    }
}
