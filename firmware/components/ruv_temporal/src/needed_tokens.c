#include "needed_tokens.h"

#include <string.h>

#define WORD_BITS 32u

void ruv_needed_tokens_layout(ruv_needed_tokens_t *needed, ruv_arena_t *arena, uint32_t layers,
                              uint32_t window_len)
{
    const uint32_t words = window_len / WORD_BITS + 1;
    const uint64_t rows = (uint64_t)layers + 1;
    *needed = (ruv_needed_tokens_t){
        .bits = ruv_arena_take(arena, ruv_product(rows, words), sizeof(uint32_t)),
        .layers = layers,
        .words = words,
    };
}

static bool has(const uint32_t *row, uint32_t token)
{
    return (row[token / WORD_BITS] >> token % WORD_BITS & 1u) != 0;
}

static void add(uint32_t *row, uint32_t first, uint32_t count)
{
    while (count > 0) {
        const uint32_t bit = first % WORD_BITS, room = WORD_BITS - bit;
        const uint32_t taken = count < room ? count : room;
        const uint64_t ones = ((uint64_t)1 << taken) - 1;
        row[first / WORD_BITS] |= (uint32_t)(ones << bit);
        first += taken;
        count -= taken;
    }
}

// Adds the tokens that a token sees, those that its landmarks stand for too.
static void add_candidates(uint32_t *row, const ruv_pattern_t *pattern, uint32_t token,
                           ruv_run_t *runs)
{
    const uint32_t n_runs = ruv_pattern_runs(pattern, token, runs);
    for (uint32_t r = 0; r < n_runs; r++) {
        const uint32_t tokens = runs[r].landmarks ? pattern->block_size : 1;
        add(row, runs[r].first * tokens, runs[r].count * tokens); // causal: blocks are complete
    }
}

void ruv_needed_tokens_find(const ruv_needed_tokens_t *needed, const ruv_pattern_t *pattern,
                            bool only_last, ruv_run_t *runs)
{
    const size_t row_bytes = needed->words * sizeof *needed->bits;
    if (!only_last) {
        memset(needed->bits, 0xFF, (needed->layers + 1) * row_bytes);
        return;
    }
    uint32_t *row = needed->bits + (size_t)needed->layers * needed->words;
    memset(row, 0, row_bytes);
    add(row, pattern->n_tokens - 1, 1);
    for (uint32_t layer = needed->layers; layer-- > 0; row -= needed->words) {
        const uint32_t *writes = row;
        uint32_t *read = row - needed->words;
        memcpy(read, writes, row_bytes);
        for (uint32_t token = 0; token < pattern->n_tokens; token++) {
            if (has(writes, token)) {
                add_candidates(read, pattern, token, runs);
            }
        }
    }
}

bool ruv_needed_tokens_all(const uint32_t *row, uint32_t first, uint32_t count)
{
    for (uint32_t token = first; token < first + count; token++) {
        if (!has(row, token)) {
            return false;
        }
    }
    return true;
}

uint32_t ruv_needed_tokens_take(const uint32_t *row, uint32_t *end, uint32_t tokens[RUV_LANES])
{
    uint32_t count = 0;
    while (*end > 0 && count < RUV_LANES) {
        (*end)--;
        if (has(row, *end)) {
            tokens[count++] = *end;
        }
    }
    return count;
}
