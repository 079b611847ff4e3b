// The number of candidates in closed form, derived from the rules and not from pattern.c, so that
// each can be checked against the other.

#include "pattern.h"
#include "ruv_attention.h"

// A difference that stops at 0.
static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static bool listed_before(const ruv_attention_config_t *config, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++) {
        if (config->global_tokens[i] == config->global_tokens[at]) {
            return true;
        }
    }
    return false;
}

// Tokens in the windows: i sees itself, min(i, W) before it, and, not causal, as many after it.
static uint64_t window_edges(uint64_t n, uint64_t window, uint64_t directions)
{
    const uint64_t w = window < n ? window : n - 1;
    const uint64_t before = w * (w + 1) / 2 + (n - 1 - w) * w;
    return n + directions * before;
}

// What a global token adds: the tokens that see it outside their window, less those that meet it as
// a log stride too.
static uint64_t global_edges(const ruv_attention_config_t *config, uint64_t n, uint64_t token)
{
    uint64_t count = less(n, token + config->window + 1);
    if (!config->causal) {
        count += less(token, config->window);
    }
    if (config->use_log_stride) {
        for (uint64_t stride = 1; stride < n; stride *= 2) {
            if (stride > config->window) {
                count -= token + stride < n ? 1 : 0;
                count -= !config->causal && stride <= token ? 1 : 0;
            }
        }
    }
    return count;
}

static uint64_t token_edges(const ruv_attention_config_t *config, uint64_t n)
{
    const uint64_t directions = config->causal ? 1 : 2;
    uint64_t count = window_edges(n, config->window, directions);
    if (config->use_log_stride) {
        for (uint64_t stride = 1; stride < n; stride *= 2) {
            count += stride > config->window ? directions * (n - stride) : 0;
        }
    }
    for (uint32_t i = 0; i < config->n_globals; i++) {
        if (config->global_tokens[i] < n && !listed_before(config, i)) {
            count += global_edges(config, n, config->global_tokens[i]);
        }
    }
    return count;
}

// Tokens of a causal sequence that have a landmark `distance` blocks before their pivot, which
// takes distance + 1 complete blocks.
static uint64_t causal_landmarks(uint64_t n, uint64_t block, uint64_t distance)
{
    return less(n + 1, (distance + 1) * block);
}

// Tokens that have a block `distance` before their own, and those that have one `distance` after.
static uint64_t landmarks_around(uint64_t n, uint64_t block, uint64_t blocks, uint64_t distance)
{
    return less(n, distance * block) + less(blocks, distance) * block;
}

static uint64_t landmark_edges(const ruv_attention_config_t *config, uint64_t n)
{
    const uint64_t block = config->block_size;
    const uint64_t blocks = (n + block - 1) / block;
    uint64_t count = config->causal ? causal_landmarks(n, block, 0) : 0;
    for (uint64_t distance = 1; distance < blocks; distance *= 2) {
        count += config->causal ? causal_landmarks(n, block, distance)
                                : landmarks_around(n, block, blocks, distance);
        if (!config->use_log_stride) {
            break; // the direct neighbours only
        }
    }
    return count;
}

esp_err_t ruv_attention_edges(const ruv_attention_config_t *config, uint32_t n, uint64_t *out)
{
    const esp_err_t err = ruv_pattern_check(config);
    if (err != ESP_OK) {
        return err;
    }
    if (out == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    if (n == 0) {
        *out = 0;
        return ESP_OK;
    }
    const uint64_t tokens = token_edges(config, n); // at most n * n, which fits
    const uint64_t landmarks = config->use_landmarks ? landmark_edges(config, n) : 0;
    if (landmarks > UINT64_MAX - tokens) {
        return ESP_ERR_INVALID_SIZE;
    }
    *out = tokens + landmarks;
    return ESP_OK;
}
