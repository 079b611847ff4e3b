// Which token states each layer reads: what nothing reads is not computed. The last layer of a
// model that pools the last token writes one token, and reads the candidates of that one; the layer
// before writes those, and so on.
#pragma once

#include "arena.h"
#include "lanes.h"
#include "pattern.h"

// Layer l reads the tokens of row l and writes those of row l+1. A row has a bit for each token.
typedef struct {
    uint32_t *bits; // [layers + 1, words]
    uint32_t layers;
    uint32_t words; // of a row
} ruv_needed_tokens_t;

void ruv_needed_tokens_layout(ruv_needed_tokens_t *needed, ruv_arena_t *arena, uint32_t layers,
                              uint32_t window_len);

// From what the last layer has to write: the last token, or all.
void ruv_needed_tokens_find(const ruv_needed_tokens_t *needed, const ruv_pattern_t *pattern,
                            bool only_last, ruv_run_t *runs /*[ruv_pattern_limits().runs]*/);

static inline const uint32_t *ruv_needed_tokens_row(const ruv_needed_tokens_t *needed,
                                                    uint32_t layer)
{
    return needed->bits + (size_t)layer * needed->words;
}

// Whether `count` consecutive tokens are all in a row.
bool ruv_needed_tokens_all(const uint32_t *row, uint32_t first, uint32_t count);

// Up to RUV_LANES tokens of a row, from the highest below *end down; moves *end to the last one
// taken. Returns how many.
uint32_t ruv_needed_tokens_take(const uint32_t *row, uint32_t *end, uint32_t tokens[RUV_LANES]);
