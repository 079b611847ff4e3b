// Attention of one token: softmax over its candidates, and the weighted mean of their values.
#pragma once

#include "arena.h"
#include "pattern.h"
#include "ruv_blob.h"

// Candidates weighed at a time. Every token of the default configuration has at most 46 in a window
// of 1,024 frames, so that its softmax is in one piece; a wider window takes more time, not memory.
#define RUV_TILE 48u

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
} ruv_view_t;

// Some of a token's candidates.
typedef struct {
    uint32_t rows[RUV_TILE]; // numbers of tokens, then of blocks; the last is repeated so that
                             // candidates can be taken by fours
    uint32_t first_block;    // where in `rows` the blocks start
    uint32_t count;
} ruv_tile_t;

// The running softmax of one query head.
typedef struct {
    float top;     // the largest score so far
    float rescale; // what earlier weights shrank by when `top` rose last
    float sum;     // of the weights e^(score - top)
    float lost;    // what rounding took from `sum`
    bool finite;   // no score left the range of float32
} ruv_softmax_t;

typedef struct {
    ruv_run_t *runs;        // [limits.runs] the candidates
    ruv_tile_t *tile;       // [1]
    float *scores;          // [n_q_heads, RUV_TILE], then the weights
    ruv_softmax_t *softmax; // [n_q_heads]
    float *part;            // [n_q_heads, head_dim] a later tile's weighted sum of values
    float *lost;            // [n_q_heads, head_dim] what rounding took from the sum over tiles
    float *decoded;         // [4, head_dim] rows of a float16 cache
    double *wide;           // [head_dim]
} ruv_attend_scratch_t;

void ruv_attend_layout(ruv_attend_scratch_t *scratch, ruv_arena_t *arena,
                       const ruv_attention_config_t *config, uint32_t n_tokens, uint32_t n_q_heads,
                       uint32_t head_dim, ruv_dtype_t dtype);

// q and out must not overlap.
void ruv_attend(const ruv_view_t *view, const ruv_pattern_t *pattern, uint32_t token,
                const float *q /*[n_q_heads, head_dim]*/, float *out /*[n_q_heads, head_dim]*/,
                const ruv_attend_scratch_t *scratch);

// The same for one query head in double precision throughout: slow, and right for any finite input.
void ruv_attend_wide(const ruv_view_t *view, const ruv_run_t *runs /*[n_runs]*/, uint32_t n_runs,
                     uint32_t kv_head, const float *q /*[head_dim]*/, float *out /*[head_dim]*/,
                     double *sum /*[head_dim]*/);

// The query head that is number `member` of those that read key/value head `kv_head`.
static inline uint32_t ruv_query_head(const ruv_view_t *view, uint32_t kv_head, uint32_t member)
{
    return kv_head * (view->n_q_heads / view->n_kv_heads) + member;
}
