// Attention of one token: softmax over its candidates, and the weighted mean of their values.
#pragma once

#include "arena.h"
#include "pattern.h"
#include "ruv_blob.h"

// Where the rows of one sequence lie.
typedef struct {
    const void *keys;          // [n, n_kv_heads, head_dim] of dtype
    const void *values;        // [n, n_kv_heads, head_dim] of dtype
    const float *block_keys;   // [blocks, n_kv_heads, head_dim] landmarks
    const float *block_values; // [blocks, n_kv_heads, head_dim]
    ruv_dtype_t dtype;
    uint32_t n_q_heads;
    uint32_t n_kv_heads;
    uint32_t head_dim;
    float scale; // of the scores: scale · (q·k)
    ruv_kernel_t kernel;
} ruv_view_t;

typedef struct {
    ruv_run_t *runs; // [limits.runs] the candidates
    float *queries;  // [head_dim, RUV_LANES]
    float *scores;   // [RUV_CANDIDATES, RUV_LANES], then the weights
    double *wide;    // [head_dim]; shares memory with `scores`
    float *part;     // [RUV_LANES, head_dim] a later tile's weighted sum of values
    float *lost;     // [RUV_LANES, head_dim] what rounding took from the sum over tiles
    float *decoded;  // [2, RUV_FAR, head_dim] rows of a float16 cache: keys, values
} ruv_attend_scratch_t;

void ruv_attend_layout(ruv_attend_scratch_t *scratch, ruv_arena_t *arena,
                       const ruv_attention_config_t *config, uint32_t n_tokens, uint32_t head_dim,
                       ruv_dtype_t dtype);

// Each row of `out` may be the same row of `q`; other than that they must not overlap.
void ruv_attend(const ruv_view_t *view, const ruv_pattern_t *pattern, uint32_t token,
                const float *q /*[n_q_heads, head_dim]*/, float *out /*[n_q_heads, head_dim]*/,
                const ruv_attend_scratch_t *scratch);

// The same of up to RUV_LANES tokens, better near each other.
void ruv_attend_batch(const ruv_view_t *view, const ruv_pattern_t *pattern,
                      const uint32_t *tokens /*[count]*/, uint32_t count,
                      const float *q /*[count, n_q_heads, head_dim]*/,
                      float *out /*[count, n_q_heads, head_dim]*/,
                      const ruv_attend_scratch_t *scratch);

// The same of one token and the query heads that read one key/value head, by the fast kernel.
void ruv_attend_head(const ruv_view_t *view, const ruv_pattern_t *pattern, uint32_t token,
                     uint32_t kv_head, const float *q, float *out,
                     const ruv_attend_scratch_t *scratch);

// The same as plain loops over one candidate after the other. (attend_plain.c)
void ruv_attend_plain(const ruv_view_t *view, const ruv_run_t *runs /*[n_runs]*/, uint32_t n_runs,
                      const float *q, float *out, const ruv_attend_scratch_t *scratch);

// The same for one query head in double precision throughout: slow, and right for any finite input.
// (attend_wide.c)
void ruv_attend_wide(const ruv_view_t *view, const ruv_run_t *runs /*[n_runs]*/, uint32_t n_runs,
                     uint32_t kv_head, const float *q /*[head_dim], `q_stride` apart*/,
                     uint32_t q_stride, float *out /*[head_dim]*/, double *sum /*[head_dim]*/);

// The query head that is number `member` of those that read key/value head `kv_head`.
static inline uint32_t ruv_query_head(const ruv_view_t *view, uint32_t kv_head, uint32_t member)
{
    return kv_head * (view->n_q_heads / view->n_kv_heads) + member;
}
