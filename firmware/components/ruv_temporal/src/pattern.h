// Which keys a token sees.
#pragma once

#include "ruv_attention.h"

// Consecutive candidates: tokens, or landmarks (blocks).
typedef struct {
    uint32_t first;
    uint32_t count;
    bool landmarks;
} ruv_run_t;

// A configuration applied to a sequence of a known length.
typedef struct {
    uint32_t n_tokens;
    uint32_t window;
    uint32_t block_size;
    bool causal;
    bool use_log_stride;
    bool use_landmarks;
    const uint32_t *globals; // [n_globals] ascending, each once, inside the sequence
    uint32_t n_globals;
} ruv_pattern_t;

// ESP_ERR_INVALID_ARG: the configuration is not valid.
esp_err_t ruv_pattern_check(const ruv_attention_config_t *config);

// `globals_storage` receives the global tokens in order.
ruv_pattern_t ruv_pattern(const ruv_attention_config_t *config, uint32_t n_tokens,
                          uint32_t *globals_storage /*[config->n_globals]*/);

// The most that any token of a sequence of up to n_tokens can have.
typedef struct {
    uint64_t runs;
    uint64_t window;  // candidates in the window
    uint64_t singles; // the others
} ruv_pattern_limits_t;

ruv_pattern_limits_t ruv_pattern_limits(const ruv_attention_config_t *config, uint32_t n_tokens);

// The candidates of `token`, each once: the window, other tokens, then landmarks. Returns the
// number of runs.
uint32_t ruv_pattern_runs(const ruv_pattern_t *pattern, uint32_t token,
                          ruv_run_t *runs /*[ruv_pattern_limits().runs]*/);

// Whether `token` is in an ascending list.
bool ruv_pattern_is_global(const uint32_t *globals /*[n]*/, uint32_t n, uint32_t token);
