// The layers with the matrices multiplied out. With x the token states and h a query head,
//   score of i and j = (x_i Wq_h)·(x_j Wk_h) / sqrt(d) = (x_i to_query_h)·x_j / sqrt(d)
//   output of i      = (sum over j of w_j x_j Wv_h) Wo_h = (sum over j of w_j x_j) to_state_h
// so that attention runs over the states themselves, and a landmark is the mean of states. Where
// the last layer needs one vector only, it is multiplied by both matrices in turn ("late"): the
// last token, or the mean where no MLP comes between the attention and the mean.

#include <string.h>

#include "classifier_parts.h"
#include "landmarks.h"
#include "profile.h"
#include "vector.h"
#include "weights.h"

// Layers that keep a product for the score. Last-token pooling needs one query of the last layer.
static uint32_t query_layers(const ruv_blob_t *blob)
{
    return blob->pool == RUV_POOL_LAST ? blob->n_layers - 1 : blob->n_layers;
}

// Layers that keep a product for the output.
static uint32_t state_layers(const ruv_blob_t *blob)
{
    return ruv_last_is_full(blob) ? blob->n_layers : blob->n_layers - 1;
}

void ruv_folded_layout(ruv_classifier_t *classifier, ruv_arena_t *arena, uint32_t tokens)
{
    const ruv_blob_t *blob = &classifier->blob;
    const ruv_attention_config_t *config = &classifier->config;
    const uint32_t dim = blob->dim;
    const uint64_t width = ruv_product(blob->n_q_heads, dim);
    const uint64_t matrix = ruv_product(width, dim);
    const uint64_t blocks = ((uint64_t)tokens + config->block_size - 1) / config->block_size;
    const uint64_t means = blob->pool == RUV_POOL_MEAN && !ruv_last_is_full(blob) ? width : 0;
    ruv_folded_t *folded = &classifier->folded;
    *folded = (ruv_folded_t){
        .to_query = ruv_arena_take(arena, ruv_product(query_layers(blob), matrix), sizeof(float)),
        .to_state = ruv_arena_take(arena, ruv_product(state_layers(blob), matrix), sizeof(float)),
    };
    // What the attention of a layer needs is free when an MLP runs, and the buffers for late
    // products when the attention's scratch is in use.
    ruv_arena_t mlp = *arena;
    ruv_mlp_layout(classifier, &mlp);
    folded->block_x = ruv_arena_take(arena, ruv_product(blocks, dim), sizeof(float));
    folded->mixed = ruv_arena_take(arena, ruv_product(RUV_LANES, width), sizeof(float));
    folded->mean = ruv_arena_take(arena, means, sizeof(float));
    const uint64_t heads = ruv_product(blob->n_q_heads, blob->head_dim);
    ruv_arena_t late = *arena;
    folded->heads = ruv_arena_take(&late, heads, sizeof(float));
    folded->row = ruv_arena_take(&late, ruv_larger(heads, dim), sizeof(float));
    ruv_attend_layout(&classifier->attend, arena, config, tokens, dim, RUV_DTYPE_F32);
    ruv_arena_cover(arena, &late);
    ruv_arena_cover(arena, &mlp);
}

esp_err_t ruv_folded_prepare(ruv_classifier_t *classifier)
{
    const ruv_blob_t *blob = &classifier->blob;
    const ruv_folded_t *folded = &classifier->folded;
    const size_t matrix = (size_t)blob->n_q_heads * blob->dim * blob->dim;
    for (uint32_t layer = 0; layer < query_layers(blob); layer++) {
        ruv_fold_query(classifier, layer, folded->to_query + layer * matrix);
    }
    for (uint32_t layer = 0; layer < state_layers(blob); layer++) {
        ruv_fold_state(classifier, layer, folded->to_state + layer * matrix);
    }
    return ruv_all_finite(folded->to_query, query_layers(blob) * matrix) &&
                   ruv_all_finite(folded->to_state, state_layers(blob) * matrix)
               ? ESP_OK
               : ESP_ERR_INVALID_ARG;
}

// Multiply-accumulates of each of the two functions below.
static inline uint64_t late_macs(const ruv_classifier_t *classifier)
{
    const ruv_blob_t *blob = &classifier->blob;
    return (uint64_t)2 * blob->dim * blob->n_q_heads * blob->head_dim;
}

// query_h = (x Wq_h) Wk_h^T
static void late_query(const ruv_classifier_t *classifier, uint32_t layer, const float *x /*[D]*/,
                       float *query /*[Hq, D]*/)
{
    const ruv_blob_t *blob = &classifier->blob;
    const uint32_t dim = blob->dim, d = blob->head_dim;
    const uint32_t group = blob->n_q_heads / blob->n_kv_heads;
    const ruv_matrix_t wq = ruv_weights(blob, layer, RUV_WQ);
    const ruv_matrix_t wk = ruv_weights(blob, layer, RUV_WK);
    float *const heads = classifier->folded.heads, *const row = classifier->folded.row;
    memset(heads, 0, wq.columns * sizeof *heads);
    for (uint32_t r = 0; r < dim; r++) {
        ruv_add_scaled(heads, x[r], ruv_matrix_row(&wq, r, row), wq.columns);
    }
    for (uint32_t c = 0; c < dim; c++) {
        const float *wk_c = ruv_matrix_row(&wk, c, row);
        for (uint32_t h = 0; h < blob->n_q_heads; h++) {
            query[(size_t)h * dim + c] =
                ruv_dot(heads + (size_t)h * d, wk_c + (size_t)(h / group) * d, d);
        }
    }
}

// x += the sum over heads of (mixed_h Wv_h) Wo_h
static void late_state(const ruv_classifier_t *classifier, uint32_t layer,
                       const float *mixed /*[Hq, D]*/, float *x /*[D]*/)
{
    const ruv_blob_t *blob = &classifier->blob;
    const uint32_t dim = blob->dim, d = blob->head_dim;
    const uint32_t group = blob->n_q_heads / blob->n_kv_heads;
    const ruv_matrix_t wv = ruv_weights(blob, layer, RUV_WV);
    const ruv_matrix_t wo = ruv_weights(blob, layer, RUV_WO);
    float *const heads = classifier->folded.heads, *const row = classifier->folded.row;
    memset(heads, 0, wo.rows * sizeof *heads);
    for (uint32_t r = 0; r < dim; r++) {
        const float *wv_r = ruv_matrix_row(&wv, r, row);
        for (uint32_t h = 0; h < blob->n_q_heads; h++) {
            ruv_add_scaled(heads + (size_t)h * d, mixed[(size_t)h * dim + r],
                           wv_r + (size_t)(h / group) * d, d);
        }
    }
    for (uint32_t r = 0; r < wo.rows; r++) {
        ruv_add_scaled(x, heads[r], ruv_matrix_row(&wo, r, row), dim);
    }
}

// A layer's folded products; the weighted means of states come into folded->mixed.
static ruv_attention_layer_t folded_layer(const ruv_classifier_t *classifier, uint32_t layer)
{
    const ruv_folded_t *folded = &classifier->folded;
    const size_t dim = classifier->blob.dim, matrix = classifier->blob.n_q_heads * dim * dim;
    return (ruv_attention_layer_t){
        .w_query = folded->to_query + layer * matrix,
        .w_state = folded->to_state + layer * matrix,
        .heads = folded->mixed,
    };
}

// sum += the rows of a batch, added up among themselves first: fewer roundings.
static void add_batch(float *sum, const float *rows /*[RUV_LANES, width]*/, size_t width)
{
    const float *a = rows, *b = a + width, *c = b + width, *d = c + width;
    for (size_t t = 0; t < width; t++) {
        sum[t] += (a[t] + b[t]) + (c[t] + d[t]);
    }
}

// The last layer where one output is enough; the pooled state is in classifier->pooled.
static void run_last_layer(ruv_classifier_t *classifier, const ruv_view_t *view)
{
    const ruv_folded_t *folded = &classifier->folded;
    const uint32_t n = view->pattern->n_tokens;
    const uint32_t layer = classifier->blob.n_layers - 1;
    const size_t width = (size_t)view->n_q_heads * view->head_dim;
    ruv_pool(classifier, n);
    if (classifier->blob.pool == RUV_POOL_LAST) {
        RUV_MARK(RUV_PHASE_PROJECT, late_macs(classifier));
        late_query(classifier, layer, classifier->pooled, folded->mixed);
        ruv_attend(view, n - 1, folded->mixed, folded->mixed);
        RUV_MARK(RUV_PHASE_PROJECT, late_macs(classifier));
        late_state(classifier, layer, folded->mixed, classifier->pooled);
        RUV_MARK(RUV_PHASE_OTHER, 0);
        ruv_mlp_run_one(classifier, layer, classifier->pooled);
        return;
    }
    // The output is linear in `mixed`, so that its mean is enough.
    memset(folded->mean, 0, width * sizeof *folded->mean);
    const ruv_attention_layer_t attention = folded_layer(classifier, layer);
    const uint32_t *writes = ruv_needed_tokens_row(&classifier->needed, layer + 1);
    uint32_t tokens[RUV_LANES], count;
    for (uint32_t end = n; (count = ruv_needed_tokens_take(writes, &end, tokens)) > 0;) {
        ruv_attend_states(classifier, view, &attention, tokens, count);
        for (uint32_t b = count; b < RUV_LANES; b++) {
            memset(folded->mixed + b * width, 0, width * sizeof *folded->mixed);
        }
        add_batch(folded->mean, folded->mixed, width);
    }
    ruv_divide(folded->mean, n, width);
    RUV_MARK(RUV_PHASE_PROJECT, late_macs(classifier));
    late_state(classifier, layer, folded->mean, classifier->pooled);
    RUV_MARK(RUV_PHASE_OTHER, 0);
}

void ruv_folded_run(ruv_classifier_t *classifier, const ruv_pattern_t *pattern)
{
    const ruv_blob_t *blob = &classifier->blob;
    const ruv_folded_t *folded = &classifier->folded;
    const ruv_view_t view = {
        .keys = classifier->x,
        .values = classifier->x,
        .block_keys = folded->block_x,
        .block_values = folded->block_x,
        .dtype = RUV_DTYPE_F32,
        .n_q_heads = blob->n_q_heads,
        .n_kv_heads = 1,
        .head_dim = blob->dim,
        .scale = (float)ruv_inverse_sqrt(blob->head_dim),
        .kernel = classifier->config.kernel,
        .pattern = pattern,
        .scratch = &classifier->attend,
    };
    for (uint32_t layer = 0; layer < blob->n_layers; layer++) {
        ruv_landmarks_of(folded->block_x, classifier->x, pattern->n_tokens, pattern->block_size,
                         blob->dim, ruv_needed_tokens_row(&classifier->needed, layer));
        if (layer + 1 < blob->n_layers || ruv_last_is_full(blob)) {
            const ruv_attention_layer_t attention = folded_layer(classifier, layer);
            ruv_attend_layer(classifier, &view, &attention,
                             ruv_needed_tokens_row(&classifier->needed, layer + 1));
            ruv_mlp_run(classifier, layer, pattern->n_tokens);
        } else {
            run_last_layer(classifier, &view);
        }
    }
    if (ruv_last_is_full(blob)) {
        ruv_pool(classifier, pattern->n_tokens);
    }
}
