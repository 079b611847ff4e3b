// Heavy-hitter eviction (H2O): a full cache gives up the token that attention used least.

#include <string.h>

#include "kv_cache.h"
#include "rows.h"
#include "vector.h"

static bool is_global(const ruv_attention_config_t *config, uint32_t token)
{
    for (uint32_t i = 0; i < config->n_globals; i++) {
        if (config->global_tokens[i] == token) {
            return true;
        }
    }
    return false;
}

static uint32_t choose(const ruv_kv_cache_t *cache, const float *scores,
                       const ruv_attention_config_t *config)
{
    const uint32_t none = UINT32_MAX;
    const uint32_t unprotected = cache->len > config->window ? cache->len - config->window : 0;
    uint32_t lowest = none;
    uint32_t oldest = none;
    for (uint32_t token = 0; token < cache->len; token++) {
        if (is_global(config, token)) {
            continue;
        }
        oldest = oldest == none ? token : oldest;
        if (token < unprotected && (lowest == none || scores[token] < scores[lowest])) {
            lowest = token;
        }
    }
    if (lowest != none) {
        return lowest;
    }
    return oldest != none ? oldest : 0;
}

static void drop(ruv_kv_cache_t *cache, uint32_t token)
{
    const size_t row = (size_t)cache->n_kv_heads * cache->head_dim * ruv_item_size(cache->dtype);
    const size_t after = (cache->len - token - 1) * row;
    unsigned char *key = (unsigned char *)cache->keys + token * row;
    unsigned char *value = (unsigned char *)cache->values + token * row;
    memmove(key, key + row, after);
    memmove(value, value + row, after);

    // Feed the tokens from the first changed block on to the landmarks again.
    const uint32_t len = cache->len - 1;
    for (cache->len = token - token % cache->block_size; cache->len < len;) {
        cache->len++;
        ruv_kv_cache_update_landmarks(cache);
    }
}

esp_err_t ruv_kv_cache_evict_and_append(ruv_kv_cache_t *cache, const float *k, const float *v,
                                        const float *scores, const ruv_attention_config_t *config,
                                        uint32_t *evicted)
{
    esp_err_t err = ruv_kv_cache_check_config(cache, config);
    if (err != ESP_OK) {
        return err;
    }
    err = ruv_kv_cache_check_token(cache, k, v);
    if (err != ESP_OK) {
        return err;
    }
    if (evicted == NULL || (scores == NULL && cache->len != 0) ||
        !ruv_all_finite(scores, cache->len)) {
        return ESP_ERR_INVALID_ARG;
    }
    *evicted = UINT32_MAX;
    if (cache->len == cache->capacity) {
        *evicted = choose(cache, scores, config);
        drop(cache, *evicted);
    }
    ruv_kv_cache_store(cache, k, v);
    return ESP_OK;
}
