// Attention of one token, and of several at a time: where the rows lie, scratch memory, and the
// ways to compute it.
#pragma once

#include "arena.h"
#include "pattern.h"
#include "ruv_blob.h"

typedef struct {
    ruv_run_t *runs; // [limits.runs] the candidates
    float *queries;  // [head_dim, RUV_LANES]
    float *scores;   // [RUV_CANDIDATES, RUV_LANES], then the weights
    double *wide;    // [head_dim]; shares memory with `scores`
    float *part;     // [RUV_LANES, head_dim] a later tile's weighted sum of values
    float *lost;     // [RUV_LANES, head_dim] what rounding took from the sum over tiles
    float *decoded;  // [2, RUV_FAR, head_dim] rows of a float16 cache: keys, values
} ruv_attend_scratch_t;

// A sequence to attend over: its rows, which of them a token sees, and scratch memory.
typedef struct {
    const void *keys;          // [n, n_kv_heads, head_dim] of dtype
    const void *values;        // [n, n_kv_heads, head_dim] of dtype
    const float *block_keys;   // [blocks, n_kv_heads, head_dim] landmarks
    const float *block_values; // [blocks, n_kv_heads, head_dim]
    ruv_dtype_t dtype;
    uint32_t n_q_heads;
    uint32_t n_kv_heads;
    uint32_t head_dim;
    float scale; // a score is scale · (q·k)
    ruv_kernel_t kernel;
    const ruv_pattern_t *pattern;
    const ruv_attend_scratch_t *scratch;
} ruv_view_t;

// The query head that is number `member` of those that read key/value head `kv_head`.
static inline uint32_t ruv_query_head(const ruv_view_t *view, uint32_t kv_head, uint32_t member)
{
    return kv_head * (view->n_q_heads / view->n_kv_heads) + member;
}

void ruv_attend_layout(ruv_attend_scratch_t *scratch, ruv_arena_t *arena,
                       const ruv_attention_config_t *config, uint32_t n_tokens, uint32_t head_dim,
                       ruv_dtype_t dtype);

// One token: the softmax over its candidates, and the weighted mean of their values. Each row of
// `out` may be the same row of `q`; apart from that they must not overlap. So for all functions.
void ruv_attend(const ruv_view_t *view, uint32_t token, const float *q /*[n_q_heads, head_dim]*/,
                float *out /*[n_q_heads, head_dim]*/);

// The same by the fast kernel, and only of the query heads that read one key/value head.
void ruv_attend_head(const ruv_view_t *view, uint32_t token, uint32_t kv_head, const float *q,
                     float *out);

// Up to RUV_LANES tokens; the nearer to each other, the less work they take.
void ruv_attend_batch(const ruv_view_t *view, const uint32_t *tokens /*[count]*/, uint32_t count,
                      const float *q /*[count, n_q_heads, head_dim]*/,
                      float *out /*[count, n_q_heads, head_dim]*/);

// For a token whose `n_runs` runs of candidates are in the scratch memory. The plain kernel:
void ruv_attend_plain(const ruv_view_t *view, uint32_t n_runs, const float *q, float *out);

// One query head in double precision: slow, and right for any finite input.
void ruv_attend_f64(const ruv_view_t *view, uint32_t n_runs, uint32_t kv_head,
                    const float *q /*[head_dim], `q_stride` apart*/, uint32_t q_stride,
                    float *out /*[head_dim]*/);
