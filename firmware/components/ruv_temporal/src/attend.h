// Attention of one token: softmax over its candidates, and the weighted mean of their values.
#pragma once

#include "attend_view.h"

void ruv_attend_layout(ruv_attend_scratch_t *scratch, ruv_arena_t *arena,
                       const ruv_attention_config_t *config, uint32_t n_tokens, uint32_t head_dim,
                       ruv_dtype_t dtype);

// Each row of `out` may be the same row of `q`; other than that they must not overlap.
void ruv_attend(const ruv_view_t *view, const ruv_pattern_t *pattern, uint32_t token,
                const float *q /*[n_q_heads, head_dim]*/, float *out /*[n_q_heads, head_dim]*/,
                const ruv_attend_scratch_t *scratch);

// The same of one token and the query heads that read one key/value head, by the fast kernel.
void ruv_attend_head(const ruv_view_t *view, const ruv_pattern_t *pattern, uint32_t token,
                     uint32_t kv_head, const float *q, float *out,
                     const ruv_attend_scratch_t *scratch);
