// The candidates of some neighbouring tokens: those that all of them see, and what each sees else.
#pragma once

#include "quad.h"
#include "tile.h"

typedef struct {
    uint32_t row; // a token, or a block
    bool landmark;
} ruv_candidate_t;

typedef struct {
    ruv_tile_t shared;
    ruv_candidate_t own[RUV_LANES][RUV_OWN]; // by token
    uint32_t own_count[RUV_LANES];
    uint32_t most_own; // the largest of these
} ruv_shared_candidates_t;

// Finds them for `count` tokens. Returns false when there is too little in common, or too much for
// a tile.
bool ruv_shared_candidates_find(ruv_shared_candidates_t *split, const ruv_pattern_t *pattern,
                                const uint32_t *tokens, uint32_t count,
                                ruv_run_t *runs /*[ruv_pattern_limits().runs]*/);
