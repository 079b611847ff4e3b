#include "attend.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "exp_core.h"
#include "rows.h"
#include "ruv_expf.h"
#include "vector.h"

void ruv_attend_layout(ruv_attend_scratch_t *scratch, ruv_arena_t *arena,
                       const ruv_attention_config_t *config, uint32_t n_tokens, uint32_t n_q_heads,
                       uint32_t head_dim, ruv_dtype_t dtype)
{
    const ruv_pattern_limits_t limits = ruv_pattern_limits(config, n_tokens);
    const uint64_t width = ruv_product(n_q_heads, head_dim);
    const uint64_t merged = limits.candidates > RUV_TILE ? width : 0;
    const uint64_t decoded = dtype == RUV_DTYPE_F16 ? ruv_product(4, head_dim) : 0;
    *scratch = (ruv_attend_scratch_t){
        .runs = ruv_arena_take(arena, limits.runs, sizeof(ruv_run_t)),
        .tile = ruv_arena_take(arena, 1, sizeof(ruv_tile_t)),
        .scores = ruv_arena_take(arena, ruv_product(n_q_heads, RUV_TILE), sizeof(float)),
        .softmax = ruv_arena_take(arena, n_q_heads, sizeof(ruv_softmax_t)),
        .part = ruv_arena_take(arena, merged, sizeof(float)),
        .lost = ruv_arena_take(arena, merged, sizeof(float)),
        .decoded = ruv_arena_take(arena, decoded, sizeof(float)),
        .wide = ruv_arena_take(arena, head_dim, sizeof(double)),
    };
}

// A place among the candidates.
typedef struct {
    uint32_t run;
    uint32_t offset; // candidates of that run already passed
} cursor_t;

static void fill_tile(ruv_tile_t *tile, const ruv_run_t *runs /*[n_runs]*/, uint32_t n_runs,
                      cursor_t *cursor)
{
    tile->count = 0;
    tile->first_block = RUV_TILE;
    while (tile->count < RUV_TILE && cursor->run < n_runs) {
        const ruv_run_t *run = &runs[cursor->run];
        if (run->landmarks && tile->first_block == RUV_TILE) {
            tile->first_block = tile->count;
        }
        while (tile->count < RUV_TILE && cursor->offset < run->count) {
            tile->rows[tile->count++] = run->first + cursor->offset++;
        }
        if (cursor->offset == run->count) {
            *cursor = (cursor_t){.run = cursor->run + 1};
        }
    }
    for (uint32_t c = tile->count; c % 4 != 0; c++) {
        tile->rows[c] = tile->rows[tile->count - 1];
    }
}

// Finds what one key/value head has for candidates c … c+3 in the keys or the values.
static void four_rows(const ruv_view_t *view, const void *items, const float *block_items,
                      const ruv_attend_scratch_t *scratch, uint32_t kv_head, uint32_t c,
                      const float *rows[4])
{
    const size_t d = view->head_dim;
    for (uint32_t i = 0; i < 4; i++) {
        const size_t first = ((size_t)scratch->tile->rows[c + i] * view->n_kv_heads + kv_head) * d;
        if (c + i >= scratch->tile->first_block) {
            rows[i] = block_items + first;
        } else {
            rows[i] = ruv_row(items, view->dtype, first, d, scratch->decoded + i * d);
        }
    }
}

// scores[h, c] = q_h · key of candidate c, not yet scaled.
static void score_tile(const ruv_view_t *view, const float *q, const ruv_attend_scratch_t *scratch)
{
    const size_t d = view->head_dim;
    const uint32_t group = view->n_q_heads / view->n_kv_heads;
    for (uint32_t kv_head = 0; kv_head < view->n_kv_heads; kv_head++) {
        for (uint32_t c = 0; c < scratch->tile->count; c += 4) {
            const float *keys[4];
            four_rows(view, view->keys, view->block_keys, scratch, kv_head, c, keys);
            for (uint32_t m = 0; m < group; m++) {
                const size_t h = ruv_query_head(view, kv_head, m);
                ruv_dot_4(q + h * d, keys, d, scratch->scores + h * RUV_TILE + c);
            }
        }
    }
}

// Turns a tile's scores into weights e^(score - top) and takes them into the running softmax.
static void weigh_tile(ruv_softmax_t *softmax, float scale, uint32_t count,
                       float *scores /*[RUV_TILE], then weights*/)
{
    float top = softmax->top;
    for (uint32_t c = 0; c < count; c++) {
        scores[c] *= scale;
        top = scores[c] > top ? scores[c] : top;
    }
    softmax->rescale = ruv_expf(softmax->top - top);
    softmax->top = top;

    float sum = 0.0f;
    float differences = 0.0f; // becomes NaN or -infinity when a score is not finite
    for (uint32_t c = 0; c < count; c++) {
        const float difference = scores[c] - top;
        differences += difference;
        scores[c] = ruv_exp_inline(difference);
        sum += scores[c];
    }
    for (uint32_t c = count; c % 4 != 0; c++) {
        scores[c] = 0.0f; // a repeated candidate
    }
    softmax->finite = softmax->finite && differences >= -FLT_MAX;
    softmax->sum *= softmax->rescale;
    softmax->lost *= softmax->rescale;
    ruv_add_compensated(&softmax->sum, &softmax->lost, &sum, 1);
}

// sums[h] = the weighted sum of the tile's values.
static void sum_tile(const ruv_view_t *view, const ruv_attend_scratch_t *scratch,
                     float *sums /*[n_q_heads, head_dim]*/)
{
    const size_t d = view->head_dim;
    const uint32_t group = view->n_q_heads / view->n_kv_heads;
    memset(sums, 0, view->n_q_heads * d * sizeof *sums);
    for (uint32_t kv_head = 0; kv_head < view->n_kv_heads; kv_head++) {
        for (uint32_t c = 0; c < scratch->tile->count; c += 4) {
            const float *values[4];
            four_rows(view, view->values, view->block_values, scratch, kv_head, c, values);
            for (uint32_t m = 0; m < group; m++) {
                const size_t h = ruv_query_head(view, kv_head, m);
                ruv_add_scaled_4(sums + h * d, scratch->scores + h * RUV_TILE + c, values, d);
            }
        }
    }
}

// Adds a later tile's sums to the running ones, in the units of the new largest score.
static void merge_tile(const ruv_view_t *view, const ruv_attend_scratch_t *scratch, float *out)
{
    const size_t d = view->head_dim;
    for (size_t h = 0; h < view->n_q_heads; h++) {
        float *sum = out + h * d, *lost = scratch->lost + h * d;
        const float rescale = scratch->softmax[h].rescale;
        for (size_t t = 0; t < d && rescale != 1.0f; t++) {
            sum[t] *= rescale;
            lost[t] *= rescale;
        }
        ruv_add_compensated(sum, lost, scratch->part + h * d, d);
    }
}

// Divides by the sum of the weights; false when the result left the range of float32 because the
// values were near its end.
static bool normalise(const ruv_softmax_t *softmax, float *out /*[d]*/, uint32_t d)
{
    const float factor = 1.0f / softmax->sum;
    for (uint32_t t = 0; t < d; t++) {
        out[t] *= factor;
    }
    return !isfinite(softmax->sum) || ruv_all_finite(out, d);
}

static void finish_heads(const ruv_view_t *view, const float *q, uint32_t n_runs,
                         const ruv_attend_scratch_t *scratch, float *out)
{
    const size_t d = view->head_dim;
    const uint32_t group = view->n_q_heads / view->n_kv_heads;
    for (uint32_t kv_head = 0; kv_head < view->n_kv_heads; kv_head++) {
        for (uint32_t m = 0; m < group; m++) {
            const size_t h = ruv_query_head(view, kv_head, m);
            const bool in_range = normalise(&scratch->softmax[h], out + h * d, view->head_dim);
            if (!in_range || !scratch->softmax[h].finite) {
                ruv_attend_wide(view, scratch->runs, n_runs, kv_head, q + h * d, out + h * d,
                                scratch->wide);
            }
        }
    }
}

void ruv_attend(const ruv_view_t *view, const ruv_pattern_t *pattern, uint32_t token,
                const float *q, float *out, const ruv_attend_scratch_t *scratch)
{
    const size_t d = view->head_dim;
    const uint32_t n_runs = ruv_pattern_runs(pattern, token, scratch->runs);
    for (uint32_t h = 0; h < view->n_q_heads; h++) {
        scratch->softmax[h] = (ruv_softmax_t){.top = -FLT_MAX, .finite = true};
    }
    cursor_t cursor = {.run = 0};
    for (uint32_t tile = 0; cursor.run < n_runs; tile++) {
        fill_tile(scratch->tile, scratch->runs, n_runs, &cursor);
        score_tile(view, q, scratch);
        for (uint32_t h = 0; h < view->n_q_heads; h++) {
            weigh_tile(&scratch->softmax[h], view->scale, scratch->tile->count,
                       scratch->scores + (size_t)h * RUV_TILE);
        }
        if (tile == 0) {
            sum_tile(view, scratch, out);
            continue;
        }
        if (tile == 1) {
            memset(scratch->lost, 0, view->n_q_heads * d * sizeof *scratch->lost);
        }
        sum_tile(view, scratch, scratch->part);
        merge_tile(view, scratch, out);
    }
    finish_heads(view, q, n_runs, scratch, out);
}
