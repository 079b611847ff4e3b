// Attention of several tokens.
#pragma once

#include "attend_view.h"

// Of up to RUV_LANES tokens, better near each other. Each row of `out` may be the same row of `q`;
// other than that they must not overlap.
void ruv_attend_batch(const ruv_view_t *view, const ruv_pattern_t *pattern,
                      const uint32_t *tokens /*[count]*/, uint32_t count,
                      const float *q /*[count, n_q_heads, head_dim]*/,
                      float *out /*[count, n_q_heads, head_dim]*/,
                      const ruv_attend_scratch_t *scratch);
