// Attention of neighbouring tokens together, for query heads that share their keys with no other
// head, or with one. A tile's lanes are then the same head of several tokens: what all tokens see
// is computed for four queries at a time, the rest for each alone.
#pragma once

#include "attend_view.h"

// How many tokens fill a tile's lanes: RUV_LANES, fewer, or 1 when a token's heads fill them.
uint32_t ruv_shared_candidates_tokens(const ruv_view_t *view);

// Returns false, with nothing written, when the tokens have too little in common.
bool ruv_attend_shared(const ruv_view_t *view, const ruv_pattern_t *pattern,
                       const uint32_t *tokens /*[count]*/, uint32_t count,
                       const float *q /*[count, n_q_heads, head_dim]*/, float *out,
                       const ruv_attend_scratch_t *scratch);
