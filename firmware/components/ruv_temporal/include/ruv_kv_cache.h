// Keys, values and landmarks of one sequence, and attention one token at a time over them.
//
// For a causal configuration ruv_attention_step gives at every position what ruv_attention_forward
// gives there. One cache per track or session; the caller owns its memory.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "ruv_attention.h"
#include "ruv_blob.h"

#ifdef __cplusplus
extern "C" {
#endif

// Private: read it through the functions below.
typedef struct {
    void *keys;          // [capacity, n_kv_heads, head_dim] of dtype
    void *values;        // [capacity, n_kv_heads, head_dim] of dtype
    float *block_keys;   // [capacity / block_size, n_kv_heads, head_dim] means of complete blocks
    float *block_values; // [capacity / block_size, n_kv_heads, head_dim]
    float *open_sums;    // [4, n_kv_heads, head_dim] the open block: key sum, its rounding loss,
                         //   value sum, its rounding loss
    uint32_t capacity;
    uint32_t n_kv_heads;
    uint32_t head_dim;
    uint32_t block_size;
    uint32_t len;
    ruv_dtype_t dtype;
} ruv_kv_cache_t;

// Errors of every function below, none of which changes anything:
//   ESP_ERR_INVALID_ARG    null pointer; block_size 0; unknown dtype; a NaN or infinity in q, k, v
//                          or scores; a key or value beyond ±65504 for a float16 cache
//   ESP_ERR_INVALID_SIZE   zero capacity, head count or head_dim; memory or scratch too small;
//                          sizes that no memory could hold; Hkv does not divide Hq; landmarks
//                          with a block_size that is not the cache's
//   ESP_ERR_NOT_SUPPORTED  a configuration that is not causal
//   ESP_ERR_NO_MEM         the cache is full

esp_err_t ruv_kv_cache_bytes(uint32_t capacity, uint32_t n_kv_heads, uint32_t head_dim,
                             uint32_t block_size, ruv_dtype_t dtype, size_t *out);

// `mem` may have any alignment and stays in use for as long as the cache.
esp_err_t ruv_kv_cache_init(ruv_kv_cache_t *cache, uint32_t capacity, uint32_t n_kv_heads,
                            uint32_t head_dim, uint32_t block_size, ruv_dtype_t dtype, void *mem,
                            size_t mem_len);

// A float16 cache stores k and v rounded; its float32 landmarks are means of what is stored.
esp_err_t ruv_kv_cache_append(ruv_kv_cache_t *cache, const float *k /*[Hkv, d]*/,
                              const float *v /*[Hkv, d]*/);

// Appends; when the cache is full it first drops one token: the lowest score (lowest index on ties)
// that is neither a global token nor among the last W; else the oldest that is not global; else the
// oldest. Later tokens move down by one and landmarks are rebuilt. `evicted` gets the dropped
// index, or UINT32_MAX. `scores` may be null only when the cache is empty.
esp_err_t ruv_kv_cache_evict_and_append(ruv_kv_cache_t *cache, const float *k /*[Hkv, d]*/,
                                        const float *v /*[Hkv, d]*/, const float *scores /*[len]*/,
                                        const ruv_attention_config_t *config, uint32_t *evicted);

// Forgets every token; the memory stays.
void ruv_kv_cache_reset(ruv_kv_cache_t *cache);

uint32_t ruv_kv_cache_len(const ruv_kv_cache_t *cache);

// Scratch for steps over a cache of up to `capacity` tokens; it does not grow with W and only with
// the logarithm of the capacity.
esp_err_t ruv_attention_step_scratch_bytes(const ruv_attention_config_t *config, uint32_t n_q_heads,
                                           uint32_t head_dim, uint32_t capacity, size_t *out);

// Checks everything, appends k and v, and writes the attention output of the new token.
// `scratch` may have any alignment.
esp_err_t ruv_attention_step(const ruv_attention_config_t *config, uint32_t n_q_heads,
                             const float *q /*[Hq, d]*/, const float *k /*[Hkv, d]*/,
                             const float *v /*[Hkv, d]*/, ruv_kv_cache_t *cache,
                             float *out /*[Hq, d]*/, void *scratch, size_t scratch_len);

// Attention of a query as the newest token of what the cache holds, for use after an append or
// evict_and_append; appends nothing. An empty cache: ESP_ERR_INVALID_STATE.
esp_err_t ruv_attention_decode(const ruv_attention_config_t *config, uint32_t n_q_heads,
                               const float *q /*[Hq, d]*/, const ruv_kv_cache_t *cache,
                               float *out /*[Hq, d]*/, void *scratch, size_t scratch_len);

#ifdef __cplusplus
}
#endif
