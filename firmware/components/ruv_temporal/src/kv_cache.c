#include "kv_cache.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "arena.h"
#include "landmarks.h"
#include "pattern.h"
#include "profile.h"
#include "rows.h"
#include "vector.h"

static size_t width_of(const ruv_kv_cache_t *cache)
{
    return (size_t)cache->n_kv_heads * cache->head_dim;
}

static void *row_of(const ruv_kv_cache_t *cache, void *rows, uint32_t token)
{
    return (unsigned char *)rows + token * width_of(cache) * ruv_item_size(cache->dtype);
}

// Fills in the shape and, from the arena, the buffers.
static void layout(ruv_kv_cache_t *cache, ruv_arena_t *arena)
{
    const uint64_t width = ruv_product(cache->n_kv_heads, cache->head_dim);
    const uint64_t blocks = cache->capacity / cache->block_size;
    const size_t item = ruv_item_size(cache->dtype);
    cache->keys = ruv_arena_take(arena, ruv_product(cache->capacity, width), item);
    cache->values = ruv_arena_take(arena, ruv_product(cache->capacity, width), item);
    cache->block_keys = ruv_arena_take(arena, ruv_product(blocks, width), sizeof(float));
    cache->block_values = ruv_arena_take(arena, ruv_product(blocks, width), sizeof(float));
    cache->open_sums = ruv_arena_take(arena, ruv_product(4, width), sizeof(float));
}

static esp_err_t check_shape(const ruv_kv_cache_t *cache)
{
    if (cache->capacity == 0 || cache->n_kv_heads == 0 || cache->head_dim == 0) {
        return ESP_ERR_INVALID_SIZE;
    }
    if (cache->block_size == 0 ||
        (cache->dtype != RUV_DTYPE_F32 && cache->dtype != RUV_DTYPE_F16)) {
        return ESP_ERR_INVALID_ARG;
    }
    return ESP_OK;
}

esp_err_t ruv_kv_cache_bytes(uint32_t capacity, uint32_t n_kv_heads, uint32_t head_dim,
                             uint32_t block_size, ruv_dtype_t dtype, size_t *out)
{
    ruv_kv_cache_t cache = {.capacity = capacity,
                            .n_kv_heads = n_kv_heads,
                            .head_dim = head_dim,
                            .block_size = block_size,
                            .dtype = dtype};
    const esp_err_t err = out == NULL ? ESP_ERR_INVALID_ARG : check_shape(&cache);
    if (err != ESP_OK) {
        return err;
    }
    ruv_arena_t arena = ruv_arena_sizing();
    layout(&cache, &arena);
    return ruv_arena_bytes(&arena, out);
}

esp_err_t ruv_kv_cache_init(ruv_kv_cache_t *cache, uint32_t capacity, uint32_t n_kv_heads,
                            uint32_t head_dim, uint32_t block_size, ruv_dtype_t dtype, void *mem,
                            size_t mem_len)
{
    if (cache == NULL || mem == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    size_t needed;
    const esp_err_t err =
        ruv_kv_cache_bytes(capacity, n_kv_heads, head_dim, block_size, dtype, &needed);
    if (err != ESP_OK || mem_len < needed) {
        return err != ESP_OK ? err : ESP_ERR_INVALID_SIZE;
    }
    *cache = (ruv_kv_cache_t){.capacity = capacity,
                              .n_kv_heads = n_kv_heads,
                              .head_dim = head_dim,
                              .block_size = block_size,
                              .dtype = dtype};
    ruv_arena_t arena = ruv_arena_over(mem);
    layout(cache, &arena);
    return ESP_OK;
}

void ruv_kv_cache_reset(ruv_kv_cache_t *cache)
{
    if (cache != NULL) {
        cache->len = 0;
    }
}

uint32_t ruv_kv_cache_len(const ruv_kv_cache_t *cache)
{
    return cache != NULL ? cache->len : 0;
}

static bool fits_half(const float *row /*[n]*/, size_t n)
{
    for (size_t t = 0; t < n; t++) {
        if (fabsf(row[t]) > RUV_HALF_MAX) {
            return false;
        }
    }
    return true;
}

esp_err_t ruv_kv_cache_check_token(const ruv_kv_cache_t *cache, const float *k, const float *v)
{
    if (cache == NULL || cache->keys == NULL || k == NULL || v == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    const size_t width = width_of(cache);
    if (!ruv_all_finite(k, width) || !ruv_all_finite(v, width)) {
        return ESP_ERR_INVALID_ARG;
    }
    if (cache->dtype == RUV_DTYPE_F16 && !(fits_half(k, width) && fits_half(v, width))) {
        return ESP_ERR_INVALID_ARG;
    }
    return ESP_OK;
}

esp_err_t ruv_kv_cache_check_config(const ruv_kv_cache_t *cache,
                                    const ruv_attention_config_t *config)
{
    const esp_err_t err = ruv_pattern_check(config);
    if (err != ESP_OK) {
        return err;
    }
    if (cache == NULL || cache->keys == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    if (!config->causal) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (config->use_landmarks && config->block_size != cache->block_size) {
        return ESP_ERR_INVALID_SIZE;
    }
    return ESP_OK;
}

static void store_row(const ruv_kv_cache_t *cache, void *rows, const float *row /*[Hkv, d]*/)
{
    const size_t width = width_of(cache);
    void *stored = row_of(cache, rows, cache->len);
    if (cache->dtype == RUV_DTYPE_F32) {
        memcpy(stored, row, width * sizeof *row);
        return;
    }
    uint16_t *halves = stored;
    for (size_t t = 0; t < width; t++) {
        halves[t] = ruv_half_from_float(row[t]);
    }
}

// Adds the newest of `rows` to the open block, and writes the block's mean when that completes it.
static void update_block(const ruv_kv_cache_t *cache, void *rows, float *sum /*[2, Hkv, d]*/,
                         float *means)
{
    const size_t width = width_of(cache);
    const uint32_t token = cache->len - 1;
    const uint32_t block = token / cache->block_size;
    const uint32_t at = token % cache->block_size;
    ruv_landmark_add(sum, sum + width, at, row_of(cache, rows, token), cache->dtype, width);
    if (at + 1 == cache->block_size) {
        ruv_landmark_mean(means + block * width, sum, row_of(cache, rows, token - at), cache->dtype,
                          cache->block_size, width);
    }
}

void ruv_kv_cache_update_landmarks(ruv_kv_cache_t *cache)
{
    RUV_MARK(RUV_PHASE_LANDMARKS, 0);
    float *value_sums = cache->open_sums + 2 * width_of(cache);
    update_block(cache, cache->keys, cache->open_sums, cache->block_keys);
    update_block(cache, cache->values, value_sums, cache->block_values);
    RUV_MARK(RUV_PHASE_OTHER, 0);
}

void ruv_kv_cache_store(ruv_kv_cache_t *cache, const float *k, const float *v)
{
    store_row(cache, cache->keys, k);
    store_row(cache, cache->values, v);
    cache->len++;
    ruv_kv_cache_update_landmarks(cache);
}

esp_err_t ruv_kv_cache_append(ruv_kv_cache_t *cache, const float *k, const float *v)
{
    const esp_err_t err = ruv_kv_cache_check_token(cache, k, v);
    if (err != ESP_OK) {
        return err;
    }
    if (cache->len == cache->capacity) {
        return ESP_ERR_NO_MEM;
    }
    ruv_kv_cache_store(cache, k, v);
    return ESP_OK;
}
