#include "attend.h"

#include <string.h>

#include "exp2_core.h"
#include "profile.h"
#include "quad.h"
#include "rows.h"
#include "vector.h"

void ruv_attend_layout(ruv_attend_scratch_t *scratch, ruv_arena_t *arena,
                       const ruv_attention_config_t *config, uint32_t n_tokens, uint32_t head_dim,
                       ruv_dtype_t dtype)
{
    const ruv_pattern_limits_t limits = ruv_pattern_limits(config, n_tokens);
    const uint64_t lanes = ruv_product(RUV_LANES, head_dim);
    const uint64_t merged = ruv_tile_takes_all(&limits) ? 0 : lanes;
    const uint64_t candidates = ruv_sum(limits.window, limits.singles); // of a token
    const uint64_t scored = candidates < RUV_CANDIDATES ? candidates : RUV_CANDIDATES;
    const uint64_t scores = scored * RUV_LANES * sizeof(float);
    const uint64_t wide = ruv_product(head_dim, sizeof(double));
    const uint64_t decoded = dtype == RUV_DTYPE_F16 ? ruv_product(2u * RUV_FAR, head_dim) : 0;
    *scratch = (ruv_attend_scratch_t){
        .runs = ruv_arena_take(arena, limits.runs, sizeof(ruv_run_t)),
        .queries = ruv_arena_take(arena, lanes, sizeof(float)),
        .scores = ruv_arena_take(arena, wide > scores ? wide : scores, 1),
        .part = ruv_arena_take(arena, merged, sizeof(float)),
        .lost = ruv_arena_take(arena, merged, sizeof(float)),
        .decoded = ruv_arena_take(arena, decoded, sizeof(float)),
    };
    scratch->wide = (double *)(void *)scratch->scores;
}

// The work on one token.
typedef struct {
    const ruv_view_t *view;
    uint32_t n_runs;
    ruv_tile_t tile;
    ruv_cursor_t after; // the tile
} token_t;

// Up to RUV_LANES query heads of one group. Lanes beyond `heads` repeat the last one.
typedef struct {
    uint32_t kv_head;
    uint32_t lanes; // RUV_LANES or 1
    uint32_t heads;
    const float *q[RUV_LANES]; // [head_dim] each
    float *out[RUV_LANES];     // [head_dim] each
} head_quad_t;

static inline head_quad_t take_quad(const ruv_view_t *view, uint32_t kv_head, uint32_t member,
                                    const float *q, float *out)
{
    const uint32_t left = view->n_q_heads / view->n_kv_heads - member;
    head_quad_t quad;
    quad.kv_head = kv_head;
    quad.heads = left < RUV_LANES ? left : RUV_LANES;
    quad.lanes = quad.heads == 1 ? 1 : RUV_LANES;
    for (uint32_t l = 0; l < RUV_LANES; l++) {
        const uint32_t at = member + (l < quad.heads ? l : quad.heads - 1);
        const size_t first = (size_t)ruv_query_head(view, kv_head, at) * view->head_dim;
        quad.q[l] = q + first;
        quad.out[l] = out + first;
    }
    return quad;
}

// queries[t][l] = q_l[t]
static void interleave(const head_quad_t *quad, uint32_t width, float *queries /*[width][lanes]*/)
{
    if (quad->lanes == 1) {
        ruv_copy(queries, quad->q[0], width);
        return;
    }
    ruv_interleave(quad->q, width, queries);
}

// The rows that a key/value head has for the tile, in the keys or the values.
static ruv_rows_t tile_rows(const token_t *token, uint32_t kv_head, const void *items,
                            const float *block_items, float *decoded /*[RUV_FAR, head_dim]*/,
                            const float **far /*[RUV_FAR]*/)
{
    const ruv_view_t *view = token->view;
    const ruv_tile_t *tile = &token->tile;
    const size_t d = view->head_dim, stride = view->n_kv_heads * d, offset = kv_head * d;
    uint32_t c = 0;
    for (; c < tile->far_tokens; c++) {
        far[c] = ruv_row(items, view->dtype, tile->far[c] * stride + offset, d, decoded + c * d);
    }
    for (; c < tile->far_count; c++) {
        far[c] = block_items + tile->far[c] * stride + offset;
    }
    const size_t near = (tile->near_first * stride + offset) * ruv_item_size(view->dtype);
    return (ruv_rows_t){
        .near = (const unsigned char *)items + near,
        .stride = stride,
        .near_count = tile->near_count,
        .far_count = tile->far_count,
        .far = far,
        .dtype = view->dtype,
        .width = view->head_dim,
    };
}

// Scores and weights of the tile.
static void weigh_tile(const token_t *token, const head_quad_t *quad, ruv_softmax_t *softmax)
{
    const ruv_view_t *view = token->view;
    const ruv_attend_scratch_t *scratch = token->view->scratch;
    const float *far[RUV_FAR];
    const ruv_rows_t keys =
        tile_rows(token, quad->kv_head, view->keys, view->block_keys, scratch->decoded, far);
    const uint32_t count = keys.near_count + keys.far_count;
    const float scale = view->scale * RUV_LOG2_E;
    RUV_MARK(RUV_PHASE_SCORES, (uint64_t)quad->heads * count * view->head_dim);
    ruv_score_rows(quad->lanes, &keys, scratch->queries, scratch->scores);
    RUV_MARK(RUV_PHASE_WEIGHTS, 0);
    if (!ruv_weigh(quad->lanes, softmax, scale, count, scratch->scores)) {
        ruv_score_rows(quad->lanes, &keys, scratch->queries, scratch->scores);
        ruv_weigh_below_top(quad->lanes, softmax, scale, count, scratch->scores);
    }
}

// out[l] = factor[l] · the tile's weighted sum of values.
static bool sum_tile(const token_t *token, const head_quad_t *quad, const float *factor,
                     float *const *out)
{
    const ruv_view_t *view = token->view;
    const ruv_attend_scratch_t *scratch = token->view->scratch;
    const float *far[RUV_FAR];
    float *decoded = scratch->decoded + (size_t)RUV_FAR * view->head_dim;
    RUV_MARK(RUV_PHASE_SUMS, (uint64_t)quad->heads * view->head_dim *
                                 (token->tile.near_count + token->tile.far_count));
    const ruv_rows_t values =
        tile_rows(token, quad->kv_head, view->values, view->block_values, decoded, far);
    return ruv_sum_rows(quad->lanes, &values, scratch->scores, factor, out);
}

// Adds a later tile's sums to the running ones, in the units of the new largest score.
static void merge_tile(const token_t *token, const head_quad_t *quad, const ruv_softmax_t *softmax)
{
    const size_t d = token->view->head_dim;
    for (uint32_t l = 0; l < quad->heads; l++) {
        float *sum = quad->out[l], *lost = token->view->scratch->lost + l * d;
        for (size_t t = 0; t < d; t++) {
            sum[t] *= softmax->rescale[l];
            lost[t] *= softmax->rescale[l];
        }
        ruv_add_compensated(sum, lost, token->view->scratch->part + l * d, d);
    }
}

// Candidates that take more than one tile: each tile's sums are added up, and divided at the end.
static bool attend_tiles(token_t *token, const head_quad_t *quad, ruv_softmax_t *softmax)
{
    static const float as_is[RUV_LANES] = {1.0f, 1.0f, 1.0f, 1.0f};
    const ruv_attend_scratch_t *scratch = token->view->scratch;
    const size_t d = token->view->head_dim;
    float *part[RUV_LANES];
    for (uint32_t l = 0; l < RUV_LANES; l++) {
        part[l] = scratch->part + l * d;
    }
    memset(scratch->lost, 0, RUV_LANES * d * sizeof *scratch->lost);
    token->after = (ruv_cursor_t){.run = 0};
    for (bool first = true; token->after.run < token->n_runs; first = false) {
        ruv_tile_fill(&token->tile, scratch->runs, token->n_runs, &token->after);
        weigh_tile(token, quad, softmax);
        (void)sum_tile(token, quad, as_is, first ? quad->out : part);
        if (!first) {
            merge_tile(token, quad, softmax);
        }
    }
    bool finite = true;
    for (uint32_t l = 0; l < quad->heads; l++) {
        const float factor = 1.0f / softmax->sum[l];
        for (size_t t = 0; t < d; t++) {
            quad->out[l][t] *= factor;
        }
        finite = finite && ruv_all_finite(quad->out[l], d);
    }
    return finite;
}

static bool attend_tile(const token_t *token, const head_quad_t *quad, ruv_softmax_t *softmax)
{
    weigh_tile(token, quad, softmax);
    float factor[RUV_LANES];
    for (uint32_t l = 0; l < quad->lanes; l++) {
        factor[l] = 1.0f / softmax->sum[l];
    }
    return sum_tile(token, quad, factor, quad->out);
}

static void attend_quad(token_t *token, const head_quad_t *quad, bool one_tile)
{
    const ruv_attend_scratch_t *scratch = token->view->scratch;
    ruv_softmax_t softmax;
    ruv_softmax_start(&softmax);
    interleave(quad, token->view->head_dim, scratch->queries);
    const bool finite =
        one_tile ? attend_tile(token, quad, &softmax) : attend_tiles(token, quad, &softmax);
    for (uint32_t l = 0; l < quad->heads && !(finite && softmax.in_range); l++) {
        ruv_attend_f64(token->view, token->n_runs, quad->kv_head, scratch->queries + l, quad->lanes,
                       quad->out[l]);
    }
}

// The query heads that read the key/value heads from `kv_head` on, before `kv_end`.
static void attend_heads(const ruv_view_t *view, uint32_t n_runs, uint32_t kv_head, uint32_t kv_end,
                         const float *q, float *out)
{
    token_t work; // not initialised as a whole: its tile is large
    work.view = view;
    work.n_runs = n_runs;
    work.after = (ruv_cursor_t){.run = 0};
    ruv_tile_fill(&work.tile, view->scratch->runs, n_runs, &work.after);
    const bool one_tile = work.after.run == n_runs;
    const uint32_t group = view->n_q_heads / view->n_kv_heads;
    for (; kv_head < kv_end; kv_head++) {
        for (uint32_t member = 0; member < group; member += RUV_LANES) {
            const head_quad_t quad = take_quad(view, kv_head, member, q, out);
            RUV_MARK(RUV_PHASE_SCORES, 0);
            attend_quad(&work, &quad, one_tile);
        }
    }
    RUV_MARK(RUV_PHASE_OTHER, 0);
}

static uint32_t find_candidates(const ruv_view_t *view, uint32_t token)
{
    RUV_MARK(RUV_PHASE_CANDIDATES, 0);
    return ruv_pattern_runs(view->pattern, token, view->scratch->runs);
}

void ruv_attend_head(const ruv_view_t *view, uint32_t token, uint32_t kv_head, const float *q,
                     float *out)
{
    attend_heads(view, find_candidates(view, token), kv_head, kv_head + 1, q, out);
}

void ruv_attend(const ruv_view_t *view, uint32_t token, const float *q, float *out)
{
    const uint32_t n_runs = find_candidates(view, token);
    if (view->kernel == RUV_KERNEL_PLAIN) {
        ruv_attend_plain(view, n_runs, q, out);
    } else {
        attend_heads(view, n_runs, 0, view->n_kv_heads, q, out);
    }
}
