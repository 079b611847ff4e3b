#include "pattern.h"

#include <stddef.h>
#include <string.h>

typedef struct {
    ruv_run_t *runs;
    uint32_t count;
} run_list_t;

static void add_run(run_list_t *list, uint32_t first, uint32_t count, bool landmarks)
{
    list->runs[list->count++] = (ruv_run_t){.first = first, .count = count, .landmarks = landmarks};
}

static uint32_t block_count(uint32_t n_tokens, uint32_t block_size)
{
    return n_tokens / block_size + (n_tokens % block_size != 0 ? 1u : 0u);
}

// The position of the first element of an ascending list that is not below `value`.
static uint32_t lower_bound(const uint32_t *list /*[n]*/, uint32_t n, uint32_t value)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (list[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool ruv_pattern_is_global(const uint32_t *globals, uint32_t n, uint32_t token)
{
    const uint32_t at = lower_bound(globals, n, token);
    return at < n && globals[at] == token;
}

esp_err_t ruv_pattern_check(const ruv_attention_config_t *config)
{
    if (config == NULL || config->block_size == 0 ||
        (config->n_globals != 0 && config->global_tokens == NULL) ||
        (config->kernel != RUV_KERNEL_FAST && config->kernel != RUV_KERNEL_PLAIN)) {
        return ESP_ERR_INVALID_ARG;
    }
    return ESP_OK;
}

ruv_pattern_t ruv_pattern(const ruv_attention_config_t *config, uint32_t n_tokens,
                          uint32_t *globals_storage)
{
    uint32_t n_globals = 0;
    for (uint32_t i = 0; i < config->n_globals; i++) {
        const uint32_t token = config->global_tokens[i];
        const uint32_t at = lower_bound(globals_storage, n_globals, token);
        if (token >= n_tokens || (at < n_globals && globals_storage[at] == token)) {
            continue;
        }
        memmove(globals_storage + at + 1, globals_storage + at,
                (n_globals - at) * sizeof *globals_storage);
        globals_storage[at] = token;
        n_globals++;
    }
    return (ruv_pattern_t){
        .n_tokens = n_tokens,
        .window = config->window,
        .block_size = config->block_size,
        .causal = config->causal,
        .use_log_stride = config->use_log_stride,
        .use_landmarks = config->use_landmarks,
        .globals = globals_storage,
        .n_globals = n_globals,
    };
}

// The powers of two from `min` on that are below `limit`. Here and below, a power beyond 32 bits is
// 0 and ends the loop.
static uint32_t powers_between(uint32_t min, uint32_t limit)
{
    uint32_t count = 0;
    for (uint32_t power = 1; power != 0 && power < limit; power *= 2) {
        count += power >= min ? 1 : 0;
    }
    return count;
}

ruv_pattern_limits_t ruv_pattern_limits(const ruv_attention_config_t *config, uint32_t n_tokens)
{
    const uint32_t directions = config->causal ? 1 : 2;
    const uint32_t w = config->window < n_tokens ? config->window : n_tokens;
    uint64_t singles = config->n_globals;
    uint64_t near_landmarks = 0;
    if (config->use_log_stride) {
        singles += (uint64_t)directions * powers_between(w + 1, n_tokens);
    }
    if (config->use_landmarks) {
        near_landmarks = 2;
        if (config->use_log_stride) {
            const uint32_t blocks = block_count(n_tokens, config->block_size);
            singles += (uint64_t)directions * powers_between(2, blocks);
        }
    }
    return (ruv_pattern_limits_t){
        .runs = 1 + singles + near_landmarks,
        .window = 1 + (uint64_t)directions * w,
        .singles = singles + near_landmarks,
    };
}

static void add_tokens(const ruv_pattern_t *p, uint32_t i, run_list_t *list)
{
    const uint32_t after = p->n_tokens - 1 - i; // tokens after i
    const uint32_t first = i > p->window ? i - p->window : 0;
    const uint32_t last = i + (p->causal ? 0 : (after < p->window ? after : p->window));
    add_run(list, first, last - first + 1, false);

    for (uint32_t g = 0; g < p->n_globals; g++) {
        const uint32_t token = p->globals[g];
        if (p->causal && token > i) {
            break;
        }
        if (token < first || token > last) {
            add_run(list, token, 1, false);
        }
    }
    if (!p->use_log_stride) {
        return;
    }
    for (uint32_t stride = 1; stride != 0 && stride < p->n_tokens; stride *= 2) {
        if (stride <= p->window) {
            continue; // inside the window
        }
        if (stride <= i && !ruv_pattern_is_global(p->globals, p->n_globals, i - stride)) {
            add_run(list, i - stride, 1, false);
        }
        if (!p->causal && stride <= after &&
            !ruv_pattern_is_global(p->globals, p->n_globals, i + stride)) {
            add_run(list, i + stride, 1, false);
        }
    }
}

static void add_landmarks(const ruv_pattern_t *p, uint32_t i, run_list_t *list)
{
    const uint32_t blocks = block_count(p->n_tokens, p->block_size);
    uint32_t pivot;
    if (p->causal) {
        const uint32_t complete = (i + 1) / p->block_size;
        if (complete == 0) {
            return;
        }
        pivot = complete - 1; // the newest complete block, with the one before it
        add_run(list, pivot != 0 ? pivot - 1 : 0, pivot != 0 ? 2 : 1, true);
    } else {
        pivot = i / p->block_size; // i's own block, which is left out: it would count i twice
        if (pivot != 0) {
            add_run(list, pivot - 1, 1, true);
        }
        if (pivot + 1 < blocks) {
            add_run(list, pivot + 1, 1, true);
        }
    }
    if (!p->use_log_stride) {
        return;
    }
    // Stride 1 is the neighbour that is there already.
    for (uint32_t stride = 2; stride != 0 && stride < blocks; stride *= 2) {
        if (stride <= pivot) {
            add_run(list, pivot - stride, 1, true);
        }
        if (!p->causal && stride < blocks - pivot) {
            add_run(list, pivot + stride, 1, true);
        }
    }
}

uint32_t ruv_pattern_runs(const ruv_pattern_t *pattern, uint32_t token, ruv_run_t *runs)
{
    run_list_t list = {.runs = runs, .count = 0};
    add_tokens(pattern, token, &list);
    if (pattern->use_landmarks) {
        add_landmarks(pattern, token, &list);
    }
    return list.count;
}
