// Attention of neighbouring tokens together, for query heads that share their keys with no other
// head, or with one. The lanes of a tile are then the same head of several tokens: what all tokens
// see is computed for four queries at a time, the rest for each query alone.

#include "attend.h"
#include "exp2_core.h"
#include "profile.h"
#include "quad.h"

// The query heads that share a key/value head, of all tokens. Lanes beyond `lanes` repeat.
typedef struct {
    const ruv_view_t *view;
    const ruv_shared_candidates_t *split;
    uint32_t kv_head;
    uint32_t lanes;
    uint32_t token[RUV_LANES]; // of each lane: its number among the tokens
    const float *q[RUV_LANES]; // [head_dim] each
    float *out[RUV_LANES];     // [head_dim] each
} shared_head_t;

// The rows of keys, or of values, that all lanes read.
static ruv_rows_t shared_rows(const shared_head_t *head, const void *items,
                              const float *block_items, const float **far /*[RUV_FAR]*/)
{
    const ruv_view_t *view = head->view;
    const ruv_tile_t *tile = &head->split->shared;
    const size_t d = view->head_dim, stride = view->n_kv_heads * d, offset = head->kv_head * d;
    const float *tokens = (const float *)items + offset, *blocks = block_items + offset;
    for (uint32_t c = 0; c < tile->far_count; c++) {
        far[c] = (c < tile->far_tokens ? tokens : blocks) + tile->far[c] * stride;
    }
    return (ruv_rows_t){
        .near = tokens + tile->near_first * stride,
        .stride = stride,
        .near_count = tile->near_count,
        .far_count = tile->far_count,
        .far = far,
        .dtype = RUV_DTYPE_F32,
        .width = view->head_dim,
    };
}

// The rows that each lane has for itself. A lane that has fewer than another gets a row that it
// sees already in their place; drop_missing gives that no weight.
static void find_own_rows(const shared_head_t *head, const ruv_rows_t *shared, const void *items,
                          const float *block_items, ruv_own_t *own)
{
    const ruv_shared_candidates_t *split = head->split;
    const size_t offset = head->kv_head * (size_t)head->view->head_dim;
    const float *tokens = (const float *)items + offset, *blocks = block_items + offset;
    const float *any = shared->near_count > 0 ? shared->near : shared->far[0];
    own->count = split->most_own;
    for (uint32_t l = 0; l < RUV_LANES; l++) {
        const ruv_candidate_t *candidate = split->own[head->token[l]];
        const uint32_t count = split->own_count[head->token[l]];
        uint32_t c = 0;
        for (; c < count; c++) {
            const float *rows = candidate[c].landmark ? blocks : tokens;
            own->rows[l][c] = rows + candidate[c].row * shared->stride;
        }
        for (; c < own->count; c++) {
            own->rows[l][c] = any;
        }
    }
}

// Where there is no candidate the score is set so far below the first one, to which all weights are
// relative, that the weight is 0.
static void drop_missing(const shared_head_t *head, float scale, uint32_t shared, float *scores)
{
    const float below = RUV_EXP2_NOTHING / scale;
    for (uint32_t l = 0; l < RUV_LANES; l++) {
        const uint32_t count = head->split->own_count[head->token[l]];
        for (uint32_t c = shared + count; c < shared + head->split->most_own; c++) {
            scores[c * RUV_LANES + l] = scores[l] + below;
        }
    }
}

// Multiply-accumulates of the scores, or of the sums.
static inline uint64_t macs_of(const shared_head_t *head)
{
    const ruv_shared_candidates_t *split = head->split;
    uint64_t candidates = 0;
    for (uint32_t l = 0; l < head->lanes; l++) {
        candidates += split->own_count[head->token[l]];
        candidates += split->shared.near_count + split->shared.far_count;
    }
    return candidates * head->view->head_dim;
}

// Returns false when scores or sums are too large for float32.
static bool attend_head(const shared_head_t *head)
{
    const ruv_view_t *view = head->view;
    float *const scores = head->view->scratch->scores;
    const float scale = view->scale * RUV_LOG2_E;
    const float *far[RUV_FAR];
    ruv_own_t own;
    ruv_softmax_t softmax;
    const ruv_rows_t keys = shared_rows(head, view->keys, view->block_keys, far);
    const uint32_t shared = keys.near_count + keys.far_count;
    RUV_MARK(RUV_PHASE_SCORES, macs_of(head));
    find_own_rows(head, &keys, view->keys, view->block_keys, &own);
    ruv_score_rows(RUV_LANES, &keys, head->view->scratch->queries, scores);
    ruv_score_own(&own, view->head_dim, head->q, scores + (size_t)shared * RUV_LANES);
    drop_missing(head, scale, shared, scores);
    RUV_MARK(RUV_PHASE_WEIGHTS, 0);
    ruv_softmax_start(&softmax);
    if (!ruv_weigh(RUV_LANES, &softmax, scale, shared + own.count, scores)) {
        return false;
    }
    RUV_MARK(RUV_PHASE_SUMS, macs_of(head));
    float factor[RUV_LANES];
    for (uint32_t l = 0; l < RUV_LANES; l++) {
        factor[l] = 1.0f / softmax.sum[l];
    }
    ruv_rows_t values = shared_rows(head, view->values, view->block_values, far);
    find_own_rows(head, &values, view->values, view->block_values, &own);
    values.own = &own;
    return ruv_sum_rows(RUV_LANES, &values, scores, factor, head->out);
}

// Copies the queries back over the outputs: they may have been in the same memory.
static void restore_queries(const shared_head_t *head)
{
    for (uint32_t t = 0; t < head->view->head_dim; t++) {
        for (uint32_t l = 0; l < RUV_LANES; l++) {
            head->out[l][t] = head->view->scratch->queries[(size_t)t * RUV_LANES + l];
        }
    }
}

static shared_head_t take_head(const ruv_view_t *view, const ruv_shared_candidates_t *split,
                               uint32_t kv_head, uint32_t count, const float *q, float *out)
{
    const uint32_t group = view->n_q_heads / view->n_kv_heads;
    shared_head_t head = {.view = view, .split = split, .kv_head = kv_head, .lanes = group * count};
    for (uint32_t l = 0; l < RUV_LANES; l++) {
        head.token[l] = l < head.lanes ? l / group : count - 1;
        const size_t row = (size_t)head.token[l] * view->n_q_heads;
        const size_t first = (row + ruv_query_head(view, kv_head, l % group)) * view->head_dim;
        head.q[l] = q + first;
        head.out[l] = out + first;
    }
    return head;
}

// Returns false, with nothing written, when the tokens have too little in common.
static bool attend_shared(const ruv_view_t *view, const uint32_t *tokens, uint32_t count,
                          const float *q, float *out)
{
    const size_t width = (size_t)view->n_q_heads * view->head_dim;
    ruv_shared_candidates_t split;
    RUV_MARK(RUV_PHASE_CANDIDATES, 0);
    const bool found =
        ruv_shared_candidates_find(&split, view->pattern, tokens, count, view->scratch->runs);
    RUV_MARK(RUV_PHASE_OTHER, 0);
    for (uint32_t kv_head = 0; kv_head < view->n_kv_heads && found; kv_head++) {
        const shared_head_t head = take_head(view, &split, kv_head, count, q, out);
        RUV_MARK(RUV_PHASE_SCORES, 0);
        ruv_interleave(head.q, view->head_dim, view->scratch->queries);
        if (attend_head(&head)) {
            continue;
        }
        restore_queries(&head);
        for (uint32_t b = 0; b < count; b++) {
            ruv_attend_head(view, tokens[b], kv_head, out + b * width, out + b * width);
        }
    }
    RUV_MARK(RUV_PHASE_OTHER, 0);
    return found;
}

// How many tokens fill the lanes of a tile; 1 when the heads of one token do.
static uint32_t tokens_together(const ruv_view_t *view)
{
    const uint32_t group = view->n_q_heads / view->n_kv_heads;
    const bool can_share = view->kernel == RUV_KERNEL_FAST && view->dtype == RUV_DTYPE_F32;
    return can_share && group <= RUV_LANES / 2 ? RUV_LANES / group : 1;
}

void ruv_attend_batch(const ruv_view_t *view, const uint32_t *tokens, uint32_t count,
                      const float *q, float *out)
{
    const size_t width = (size_t)view->n_q_heads * view->head_dim;
    const uint32_t together = tokens_together(view);
    for (uint32_t first = 0, some; first < count; first += some) {
        some = count - first < together ? count - first : together;
        if (some > 1 &&
            attend_shared(view, tokens + first, some, q + first * width, out + first * width)) {
            continue;
        }
        for (uint32_t b = first; b < first + some; b++) {
            ruv_attend(view, tokens[b], q + b * width, out + b * width);
        }
    }
}
