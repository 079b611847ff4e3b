// What kv_cache.c shares with the other files that work on a cache.
#pragma once

#include "ruv_kv_cache.h"

// Checks a token's key and value for the cache, apart from whether there is room.
esp_err_t ruv_kv_cache_check_token(const ruv_kv_cache_t *cache, const float *k /*[Hkv, d]*/,
                                   const float *v /*[Hkv, d]*/);

// Checks a configuration for streaming over the cache.
esp_err_t ruv_kv_cache_check_config(const ruv_kv_cache_t *cache,
                                    const ruv_attention_config_t *config);

// Appends a token that was checked to a cache that has room.
void ruv_kv_cache_store(ruv_kv_cache_t *cache, const float *k /*[Hkv, d]*/,
                        const float *v /*[Hkv, d]*/);

// Brings the landmarks up to date after token number len-1 was written.
void ruv_kv_cache_update_landmarks(ruv_kv_cache_t *cache);
