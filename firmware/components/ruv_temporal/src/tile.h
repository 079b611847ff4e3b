// A token's candidates, some at a time, in the order in which the fast kernel takes them.
#pragma once

#include "lanes.h"
#include "pattern.h"

// The default configuration's candidates take one tile in sequences of up to 32,768 tokens; a wider
// window takes more time, not memory.
#define RUV_NEAR       32u
#define RUV_FAR        24u
#define RUV_CANDIDATES (RUV_NEAR + RUV_FAR)

typedef struct {
    uint32_t near_first;   // consecutive tokens, read as they lie
    uint32_t near_count;   // a multiple of RUV_TILE
    uint32_t far[RUV_FAR]; // the others: tokens, then blocks
    uint32_t far_count;
    uint32_t far_tokens; // how many of the far ones are tokens
} ruv_tile_t;

// A place among a token's candidates.
typedef struct {
    uint32_t run;
    uint32_t offset; // candidates of that run already passed
} ruv_cursor_t;

// Takes the candidates from the cursor on, as many as fit, and moves it.
void ruv_tile_fill(ruv_tile_t *tile, const ruv_run_t *runs /*[n_runs]*/, uint32_t n_runs,
                   ruv_cursor_t *cursor);

// Whether one tile always takes all candidates of a token.
bool ruv_tile_takes_all(const ruv_pattern_limits_t *limits);

// ---- of neighbouring tokens together ------------------------------------------------------------

#define RUV_OWN 16u // candidates that one token can have for itself

typedef struct {
    uint32_t row; // a token, or a block
    bool landmark;
} ruv_candidate_t;

// The candidates that all of the tokens see, and those that each sees besides.
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
