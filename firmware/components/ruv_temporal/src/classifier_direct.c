// The layers as the model states them: queries, keys and values, attention, output projection.

#include <string.h>

#include "classifier.h"
#include "landmarks.h"
#include "vector.h"
#include "weights.h"

void ruv_direct_layout(ruv_classifier_t *classifier, ruv_arena_t *arena, uint32_t window_len)
{
    const ruv_blob_t *blob = &classifier->blob;
    const ruv_attention_config_t config = ruv_attention_default_config();
    const uint64_t q = ruv_product(blob->n_q_heads, blob->head_dim);
    const uint64_t kv = ruv_product(blob->n_kv_heads, blob->head_dim);
    const uint64_t blocks = ((uint64_t)window_len + config.block_size - 1) / config.block_size;
    classifier->direct = (ruv_direct_t){
        .keys = ruv_arena_take(arena, ruv_product(window_len, kv), sizeof(float)),
        .values = ruv_arena_take(arena, ruv_product(window_len, kv), sizeof(float)),
        .block_keys = ruv_arena_take(arena, ruv_product(blocks, kv), sizeof(float)),
        .block_values = ruv_arena_take(arena, ruv_product(blocks, kv), sizeof(float)),
        .lost = ruv_arena_take(arena, kv, sizeof(float)),
        .w_in = ruv_arena_take(arena, ruv_product(blob->input_dim, q), sizeof(float)),
        .w_out = ruv_arena_take(arena, ruv_product(q, blob->input_dim), sizeof(float)),
        .q = ruv_arena_take(arena, q, sizeof(float)),
        .a = ruv_arena_take(arena, q, sizeof(float)),
    };
    ruv_attend_layout(&classifier->attend, arena, &config, window_len, blob->n_q_heads,
                      blob->head_dim, RUV_DTYPE_F32);
}

// out = x W for all tokens.
static void project_all(const ruv_classifier_t *classifier, uint32_t n, uint32_t layer,
                        ruv_matrix_id_t id, float *out /*[n, columns]*/)
{
    const ruv_matrix_t matrix = ruv_weights(&classifier->blob, layer, id);
    const size_t columns = matrix.columns;
    ruv_matrix_decode(&matrix, classifier->direct.w_in);
    memset(out, 0, n * columns * sizeof *out);
    for (uint32_t i = 0; i < n; i++) {
        ruv_add_product(out + i * columns, classifier->x + (size_t)i * matrix.rows,
                        classifier->direct.w_in, matrix.rows, columns);
    }
}

static void run_layer(ruv_classifier_t *classifier, const ruv_pattern_t *pattern, uint32_t layer,
                      uint32_t first_token)
{
    const ruv_blob_t *blob = &classifier->blob;
    const ruv_direct_t *direct = &classifier->direct;
    const uint32_t n = pattern->n_tokens;
    const size_t width = (size_t)blob->n_kv_heads * blob->head_dim;
    project_all(classifier, n, layer, RUV_WK, direct->keys);
    project_all(classifier, n, layer, RUV_WV, direct->values);
    ruv_landmarks_of(direct->block_keys, direct->lost, direct->keys, n, pattern->block_size, width);
    ruv_landmarks_of(direct->block_values, direct->lost, direct->values, n, pattern->block_size,
                     width);

    const ruv_matrix_t wq = ruv_weights(blob, layer, RUV_WQ);
    const ruv_matrix_t wo = ruv_weights(blob, layer, RUV_WO);
    ruv_matrix_decode(&wq, direct->w_in);
    ruv_matrix_decode(&wo, direct->w_out);
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
    };
    for (uint32_t i = first_token; i < n; i++) {
        float *x = classifier->x + (size_t)i * blob->input_dim;
        memset(direct->q, 0, wq.columns * sizeof *direct->q);
        ruv_add_product(direct->q, x, direct->w_in, wq.rows, wq.columns);
        ruv_attend(&view, pattern, i, direct->q, direct->a, &classifier->attend);
        ruv_add_product(x, direct->a, direct->w_out, wo.rows, wo.columns);
    }
}

void ruv_direct_run(ruv_classifier_t *classifier, const ruv_pattern_t *pattern)
{
    const uint32_t n = pattern->n_tokens;
    const uint32_t last = classifier->blob.n_layers - 1;
    for (uint32_t layer = 0; layer < last; layer++) {
        run_layer(classifier, pattern, layer, 0);
    }
    // The last layer's outputs are needed only where they are pooled.
    run_layer(classifier, pattern, last, classifier->blob.pool == RUV_POOL_LAST ? n - 1 : 0);
    ruv_pool(classifier, n);
}
