// Attention one token at a time, over a cache.

#include "attend.h"
#include "kv_cache.h"
#include "vector.h"

typedef struct {
    uint32_t *globals; // [n_globals]
    ruv_attend_scratch_t attend;
} step_scratch_t;

static void layout(step_scratch_t *scratch, ruv_arena_t *arena,
                   const ruv_attention_config_t *config, uint32_t head_dim, uint32_t capacity)
{
    scratch->globals = ruv_arena_take(arena, config->n_globals, sizeof *scratch->globals);
    ruv_attend_layout(&scratch->attend, arena, config, capacity, head_dim,
                      RUV_DTYPE_F16); // a cache may be either
}

esp_err_t ruv_attention_step_scratch_bytes(const ruv_attention_config_t *config, uint32_t n_q_heads,
                                           uint32_t head_dim, uint32_t capacity, size_t *out)
{
    const esp_err_t err = ruv_pattern_check(config);
    if (err != ESP_OK) {
        return err;
    }
    if (out == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    if (!config->causal) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (n_q_heads == 0 || head_dim == 0 || capacity == 0) {
        return ESP_ERR_INVALID_SIZE;
    }
    step_scratch_t scratch;
    ruv_arena_t arena = ruv_arena_sizing();
    layout(&scratch, &arena, config, head_dim, capacity);
    return ruv_arena_bytes(&arena, out);
}

static esp_err_t check(const ruv_attention_config_t *config, uint32_t n_q_heads, const float *q,
                       const ruv_kv_cache_t *cache, const float *out, const void *scratch,
                       size_t scratch_len)
{
    esp_err_t err = ruv_kv_cache_check_config(cache, config);
    if (err != ESP_OK) {
        return err;
    }
    if (q == NULL || out == NULL || scratch == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    if (n_q_heads == 0 || n_q_heads % cache->n_kv_heads != 0) {
        return ESP_ERR_INVALID_SIZE;
    }
    size_t needed;
    err = ruv_attention_step_scratch_bytes(config, n_q_heads, cache->head_dim, cache->capacity,
                                           &needed);
    if (err != ESP_OK) {
        return err;
    }
    if (scratch_len < needed) {
        return ESP_ERR_INVALID_SIZE;
    }
    return ruv_all_finite(q, (size_t)n_q_heads * cache->head_dim) ? ESP_OK : ESP_ERR_INVALID_ARG;
}

static void attend_newest(const ruv_attention_config_t *config, uint32_t n_q_heads, const float *q,
                          const ruv_kv_cache_t *cache, float *out, void *scratch)
{
    step_scratch_t parts;
    ruv_arena_t arena = ruv_arena_over(scratch);
    layout(&parts, &arena, config, cache->head_dim, cache->capacity);
    const ruv_pattern_t pattern = ruv_pattern(config, cache->len, parts.globals);
    const ruv_view_t view = {
        .keys = cache->keys,
        .values = cache->values,
        .block_keys = cache->block_keys,
        .block_values = cache->block_values,
        .dtype = cache->dtype,
        .n_q_heads = n_q_heads,
        .n_kv_heads = cache->n_kv_heads,
        .head_dim = cache->head_dim,
        .scale = (float)ruv_inverse_sqrt(cache->head_dim),
        .kernel = config->kernel,
        .pattern = &pattern,
        .scratch = &parts.attend,
    };
    ruv_attend(&view, cache->len - 1, q, out);
}

esp_err_t ruv_attention_step(const ruv_attention_config_t *config, uint32_t n_q_heads,
                             const float *q, const float *k, const float *v, ruv_kv_cache_t *cache,
                             float *out, void *scratch, size_t scratch_len)
{
    esp_err_t err = check(config, n_q_heads, q, cache, out, scratch, scratch_len);
    if (err != ESP_OK) {
        return err;
    }
    err = ruv_kv_cache_append(cache, k, v);
    if (err != ESP_OK) {
        return err;
    }
    attend_newest(config, n_q_heads, q, cache, out, scratch);
    return ESP_OK;
}

esp_err_t ruv_attention_decode(const ruv_attention_config_t *config, uint32_t n_q_heads,
                               const float *q, const ruv_kv_cache_t *cache, float *out,
                               void *scratch, size_t scratch_len)
{
    const esp_err_t err = check(config, n_q_heads, q, cache, out, scratch, scratch_len);
    if (err != ESP_OK) {
        return err;
    }
    if (cache->len == 0) {
        return ESP_ERR_INVALID_STATE;
    }
    attend_newest(config, n_q_heads, q, cache, out, scratch);
    return ESP_OK;
}
