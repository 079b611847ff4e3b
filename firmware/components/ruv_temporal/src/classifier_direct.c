// The layers as the model states them: queries, keys and values, attention, output projection.

#include "attend.h"
#include "attend_batch.h"
#include "classifier_forms.h"
#include "classifier_parts.h"
#include "landmarks.h"
#include "mlp.h"
#include "vector.h"
#include "weights.h"

void ruv_direct_layout(ruv_classifier_t *classifier, ruv_arena_t *arena, uint32_t tokens)
{
    const ruv_blob_t *blob = &classifier->blob;
    const ruv_attention_config_t *config = &classifier->config;
    const uint64_t q = ruv_product(blob->n_q_heads, blob->head_dim);
    const uint64_t kv = ruv_product(blob->n_kv_heads, blob->head_dim);
    const uint64_t blocks = ((uint64_t)tokens + config->block_size - 1) / config->block_size;
    classifier->direct = (ruv_direct_t){
        .keys = ruv_arena_take(arena, ruv_product(tokens, kv), sizeof(float)),
        .values = ruv_arena_take(arena, ruv_product(tokens, kv), sizeof(float)),
        .block_keys = ruv_arena_take(arena, ruv_product(blocks, kv), sizeof(float)),
        .block_values = ruv_arena_take(arena, ruv_product(blocks, kv), sizeof(float)),
        .w_in = ruv_arena_take(arena, ruv_product(blob->dim, q), sizeof(float)),
        .w_out = ruv_arena_take(arena, ruv_product(q, blob->dim), sizeof(float)),
        .heads = ruv_arena_take(arena, ruv_product(RUV_LANES, q), sizeof(float)),
    };
    ruv_arena_t shared = *arena;
    ruv_mlp_layout(classifier, &shared);
    ruv_attend_layout(&classifier->attend, arena, config, tokens, blob->head_dim, RUV_DTYPE_F32);
    ruv_arena_cover(arena, &shared);
}

// out = x W for all tokens that the layer reads.
static void project_all(const ruv_classifier_t *classifier, uint32_t n, uint32_t layer,
                        ruv_matrix_id_t id, float *out /*[n, columns]*/)
{
    const ruv_matrix_t matrix = ruv_weights(&classifier->blob, layer, id);
    const float *w = ruv_matrix_floats(&matrix, classifier->direct.w_in);
    const uint32_t *needed = ruv_needed_tokens_row(&classifier->needed, layer);
    uint32_t tokens[RUV_LANES], count;
    const ruv_pick_t x = {classifier->x, matrix.rows, tokens};
    const ruv_pick_t y = {out, matrix.columns, tokens};
    for (uint32_t end = n; (count = ruv_needed_tokens_take(needed, &end, tokens)) > 0;) {
        ruv_project(classifier, &x, &y, count, w, false);
    }
}

static void find_keys_and_values(const ruv_classifier_t *classifier, const ruv_pattern_t *pattern,
                                 uint32_t layer)
{
    const ruv_direct_t *direct = &classifier->direct;
    const uint32_t n = pattern->n_tokens, block = pattern->block_size;
    const size_t width = (size_t)classifier->blob.n_kv_heads * classifier->blob.head_dim;
    const uint32_t *needed = ruv_needed_tokens_row(&classifier->needed, layer);
    project_all(classifier, n, layer, RUV_WK, direct->keys);
    project_all(classifier, n, layer, RUV_WV, direct->values);
    ruv_landmarks_of(direct->block_keys, direct->keys, n, block, width, needed);
    ruv_landmarks_of(direct->block_values, direct->values, n, block, width, needed);
}

static void run_layer(const ruv_classifier_t *classifier, const ruv_pattern_t *pattern,
                      uint32_t layer)
{
    const ruv_blob_t *blob = &classifier->blob;
    const ruv_direct_t *direct = &classifier->direct;
    find_keys_and_values(classifier, pattern, layer);
    const ruv_matrix_t wq = ruv_weights(blob, layer, RUV_WQ);
    const ruv_matrix_t wo = ruv_weights(blob, layer, RUV_WO);
    const float *w_in = ruv_matrix_floats(&wq, direct->w_in);
    const float *w_out = ruv_matrix_floats(&wo, direct->w_out);
    const ruv_view_t view = {
        .keys = direct->keys,
        .values = direct->values,
        .block_keys = direct->block_keys,
        .block_values = direct->block_values,
        .dtype = RUV_DTYPE_F32,
        .n_q_heads = blob->n_q_heads,
        .n_kv_heads = blob->n_kv_heads,
        .head_dim = blob->head_dim,
        .scale = (float)ruv_inverse_sqrt(blob->head_dim),
        .kernel = classifier->config.kernel,
    };
    const uint32_t *writes = ruv_needed_tokens_row(&classifier->needed, layer + 1);
    uint32_t tokens[RUV_LANES], count;
    const ruv_pick_t x = {classifier->x, blob->dim, tokens};
    const ruv_pick_t heads = {direct->heads, wq.columns, ruv_slots};
    for (uint32_t end = pattern->n_tokens;
         (count = ruv_needed_tokens_take(writes, &end, tokens)) > 0;) {
        ruv_project(classifier, &x, &heads, count, w_in, false);
        ruv_attend_batch(&view, pattern, tokens, count, direct->heads, direct->heads,
                         &classifier->attend);
        ruv_project(classifier, &heads, &x, count, w_out, true);
    }
}

void ruv_direct_run(ruv_classifier_t *classifier, const ruv_pattern_t *pattern)
{
    for (uint32_t layer = 0; layer < classifier->blob.n_layers; layer++) {
        run_layer(classifier, pattern, layer);
        ruv_mlp_run(classifier, layer, pattern->n_tokens);
    }
    ruv_pool(classifier, pattern->n_tokens);
}
