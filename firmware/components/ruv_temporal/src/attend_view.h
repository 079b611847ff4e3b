// What every way to attend takes: where the rows lie, and scratch memory.
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

// The query head that is number `member` of those that read key/value head `kv_head`.
static inline uint32_t ruv_query_head(const ruv_view_t *view, uint32_t kv_head, uint32_t member)
{
    return kv_head * (view->n_q_heads / view->n_kv_heads) + member;
}
