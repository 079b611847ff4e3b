#include "ruv_attention.h"

#include "attend.h"
#include "landmarks.h"
#include "lanes.h"
#include "vector.h"

typedef struct {
    uint32_t *globals;   // [n_globals]
    float *block_keys;   // [blocks, Hkv, d]
    float *block_values; // [blocks, Hkv, d]
    ruv_attend_scratch_t attend;
} forward_scratch_t;

ruv_attention_config_t ruv_attention_default_config(void)
{
    static const uint32_t anchor[] = {0};
    return (ruv_attention_config_t){
        .window = 32,
        .block_size = 16,
        .global_tokens = anchor,
        .n_globals = 1,
        .causal = true,
        .use_log_stride = true,
        .use_landmarks = true,
    };
}

static void layout(forward_scratch_t *scratch, ruv_arena_t *arena,
                   const ruv_attention_config_t *config, const ruv_attention_shape_t *shape)
{
    const uint64_t width = ruv_product(shape->n_kv_heads, shape->head_dim);
    uint64_t blocks = 0;
    if (config->use_landmarks) {
        blocks = ((uint64_t)shape->n_tokens + config->block_size - 1) / config->block_size;
    }
    scratch->globals = ruv_arena_take(arena, config->n_globals, sizeof *scratch->globals);
    scratch->block_keys = ruv_arena_take(arena, ruv_product(blocks, width), sizeof(float));
    scratch->block_values = ruv_arena_take(arena, ruv_product(blocks, width), sizeof(float));
    ruv_attend_layout(&scratch->attend, arena, config, shape->n_tokens, shape->head_dim,
                      RUV_DTYPE_F32);
}

static esp_err_t check_shape(const ruv_attention_shape_t *shape)
{
    if (shape->n_q_heads == 0 || shape->n_kv_heads == 0 || shape->head_dim == 0 ||
        shape->n_q_heads % shape->n_kv_heads != 0) {
        return ESP_ERR_INVALID_SIZE;
    }
    const uint64_t row = ruv_product(shape->n_q_heads, shape->head_dim); // the widest
    const uint64_t bytes = ruv_product(ruv_product(shape->n_tokens, row), sizeof(float));
    return bytes > SIZE_MAX / 2 ? ESP_ERR_INVALID_SIZE : ESP_OK;
}

esp_err_t ruv_attention_scratch_bytes(const ruv_attention_config_t *config,
                                      const ruv_attention_shape_t *shape, size_t *out)
{
    esp_err_t err = ruv_pattern_check(config);
    if (err != ESP_OK) {
        return err;
    }
    if (shape == NULL || out == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    err = check_shape(shape);
    if (err != ESP_OK) {
        return err;
    }
    forward_scratch_t scratch;
    ruv_arena_t arena = ruv_arena_sizing();
    layout(&scratch, &arena, config, shape);
    return ruv_arena_bytes(&arena, out);
}

esp_err_t ruv_attention_forward(const ruv_attention_config_t *config,
                                const ruv_attention_shape_t *shape, const float *q, const float *k,
                                const float *v, float *out, void *scratch, size_t scratch_len)
{
    size_t needed;
    const esp_err_t err = ruv_attention_scratch_bytes(config, shape, &needed);
    if (err != ESP_OK) {
        return err;
    }
    if (q == NULL || k == NULL || v == NULL || out == NULL || scratch == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    if (scratch_len < needed) {
        return ESP_ERR_INVALID_SIZE;
    }
    const uint32_t n = shape->n_tokens;
    const size_t q_width = (size_t)shape->n_q_heads * shape->head_dim;
    const size_t kv_width = (size_t)shape->n_kv_heads * shape->head_dim;
    if (!ruv_all_finite(q, n * q_width) || !ruv_all_finite(k, n * kv_width) ||
        !ruv_all_finite(v, n * kv_width)) {
        return ESP_ERR_INVALID_ARG;
    }
    forward_scratch_t parts;
    ruv_arena_t arena = ruv_arena_over(scratch);
    layout(&parts, &arena, config, shape);
    if (config->use_landmarks) {
        const uint32_t block = config->block_size;
        ruv_landmarks_of(parts.block_keys, k, n, block, kv_width, NULL);
        ruv_landmarks_of(parts.block_values, v, n, block, kv_width, NULL);
    }
    const ruv_pattern_t pattern = ruv_pattern(config, n, parts.globals);
    const ruv_view_t view = {
        .keys = k,
        .values = v,
        .block_keys = parts.block_keys,
        .block_values = parts.block_values,
        .dtype = RUV_DTYPE_F32,
        .n_q_heads = shape->n_q_heads,
        .n_kv_heads = shape->n_kv_heads,
        .head_dim = shape->head_dim,
        .scale = (float)ruv_inverse_sqrt(shape->head_dim),
        .kernel = config->kernel,
        .pattern = &pattern,
        .scratch = &parts.attend,
    };
    for (uint32_t i = 0, count; i < n; i += count) {
        uint32_t tokens[RUV_LANES];
        for (count = 0; count < RUV_LANES && count < n - i; count++) {
            tokens[count] = i + count;
        }
        ruv_attend_batch(&view, tokens, count, q + i * q_width, out + i * q_width);
    }
    return ESP_OK;
}
