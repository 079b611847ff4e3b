// The layers as the model states them: queries, keys and values, attention, output projection.

#include "classifier_parts.h"
#include "landmarks.h"
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
    ruv_project_states(classifier, n, ruv_needed_tokens_row(&classifier->needed, layer), w,
                       matrix.columns, out);
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
    const ruv_attention_layer_t attention = {
        .w_query = ruv_matrix_floats(&wq, direct->w_in),
        .w_state = ruv_matrix_floats(&wo, direct->w_out),
        .heads = direct->heads,
    };
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
        .pattern = pattern,
        .scratch = &classifier->attend,
    };
    ruv_attend_layer(classifier, &view, &attention,
                     ruv_needed_tokens_row(&classifier->needed, layer + 1));
}

void ruv_direct_run(ruv_classifier_t *classifier, const ruv_pattern_t *pattern)
{
    for (uint32_t layer = 0; layer < classifier->blob.n_layers; layer++) {
        run_layer(classifier, pattern, layer);
        ruv_mlp_run(classifier, layer, pattern->n_tokens);
    }
    ruv_pool(classifier, pattern->n_tokens);
}
