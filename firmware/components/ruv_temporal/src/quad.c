// Each loop is written once, with the number of lanes and the type of the rows as constants that
// the compiler sees, and so becomes straight code over registers.

#include "quad.h"

#include <float.h>

#include "exp2_core.h"

#define WEIGHTS_MAX 0x1p64f // their products with values stay in range up to as much again

RUV_INLINE const void *element_at(const void *row, bool half, size_t t)
{
    return half ? (const void *)((const int16_t *)row + t) : (const void *)((const float *)row + t);
}

// ---- queries ------------------------------------------------------------------------------------

RUV_INLINE void interleave_steps(uint32_t steps, const float *const *q, size_t t, float *queries)
{
    RUV_EACH(l, RUV_LANES) {
        const float *from = q[l] + t;
        RUV_EACH(step, steps) {
            queries[step * RUV_LANES + l] = from[step];
        }
    }
}

void ruv_interleave(const float *const *q, uint32_t width, float *queries)
{
    size_t t = 0;
    for (; t + RUV_STEPS <= width; t += RUV_STEPS, queries += RUV_STEPS * RUV_LANES) {
        interleave_steps(RUV_STEPS, q, t, queries);
    }
    for (; t < width; t++, queries += RUV_LANES) {
        interleave_steps(1, q, t, queries);
    }
}

// ---- scores -------------------------------------------------------------------------------------

// The products of element t of some rows with all lanes: the sums' first terms, or further ones.
RUV_INLINE void score_element(uint32_t lanes, uint32_t n_rows, bool half, bool first,
                              const void *const *row, const float *q, size_t t,
                              float sum[RUV_WIDE][RUV_LANES])
{
    const float *lane[RUV_LANES];
    const void *at[RUV_WIDE];
    RUV_EACH(l, lanes) {
        lane[l] = q + t * lanes + l;
    }
    RUV_EACH(r, n_rows) {
        at[r] = element_at(row[r], half, t);
    }
    ruv_multiply_tile(lanes, n_rows, half, first, lane, at, sum);
}

RUV_INLINE void score_steps(uint32_t lanes, uint32_t n_rows, bool half, bool first,
                            const void *const *row, const float *q, size_t t,
                            float sum[RUV_WIDE][RUV_LANES])
{
    RUV_EACH(step, RUV_STEPS) {
        score_element(lanes, n_rows, half, first && step == 0, row, q, t + step, sum);
    }
}

RUV_INLINE void score_tile(uint32_t lanes, uint32_t n_rows, bool half, const void *const *row,
                           const float *q, uint32_t width, float *scores /*[n_rows]*/,
                           uint32_t stride /*from a row's scores to the next's*/)
{
    float sum[RUV_WIDE][RUV_LANES];
    size_t t = RUV_STEPS;
    if (width >= RUV_STEPS) {
        score_steps(lanes, n_rows, half, true, row, q, 0, sum);
    } else {
        score_element(lanes, n_rows, half, true, row, q, 0, sum);
        t = 1;
    }
    for (; t + RUV_STEPS <= width; t += RUV_STEPS) {
        score_steps(lanes, n_rows, half, false, row, q, t, sum);
    }
    for (; t < width; t++) {
        score_element(lanes, n_rows, half, false, row, q, t, sum);
    }
    RUV_EACH(r, n_rows) {
        RUV_EACH(l, lanes) {
            scores[r * stride + l] = sum[r][l];
        }
    }
}

RUV_INLINE void score_near(uint32_t lanes, uint32_t n_rows, bool half, const ruv_rows_t *rows,
                           uint32_t c, const float *q, float *scores)
{
    const void *row[RUV_WIDE];
    RUV_EACH(r, n_rows) {
        row[r] = element_at(rows->near, half, (c + r) * rows->stride);
    }
    score_tile(lanes, n_rows, half, row, q, rows->width, scores + (size_t)c * lanes, lanes);
}

// `stride` as for score_tile.
RUV_INLINE void score_far(uint32_t lanes, uint32_t n_rows, const float *const *far, uint32_t width,
                          const float *q, float *scores, uint32_t stride)
{
    const void *row[RUV_WIDE];
    RUV_EACH(r, n_rows) {
        row[r] = far[r];
    }
    score_tile(lanes, n_rows, false, row, q, width, scores, stride);
}

RUV_INLINE void score_all_far(uint32_t lanes, uint32_t count, const float *const *far,
                              uint32_t width, const float *q, float *scores, uint32_t stride)
{
    uint32_t n;
    for (; count >= RUV_TILE; count -= n, far += n, scores += n * stride) {
        if (ruv_wide_next(count)) {
            n = RUV_WIDE;
            score_far(lanes, RUV_WIDE, far, width, q, scores, stride);
        } else {
            n = RUV_TILE;
            score_far(lanes, RUV_TILE, far, width, q, scores, stride);
        }
    }
    if (count == 1) {
        score_far(lanes, 1, far, width, q, scores, stride);
    }
#if RUV_TILE > 2
    else if (count == 2) {
        score_far(lanes, 2, far, width, q, scores, stride);
    } else if (count == 3) {
        score_far(lanes, 3, far, width, q, scores, stride);
    }
#endif
}

RUV_INLINE void score_rows(uint32_t lanes, bool half, const ruv_rows_t *rows, const float *q,
                           float *scores)
{
    for (uint32_t c = 0; c < rows->near_count;) {
        if (ruv_wide_next(rows->near_count - c)) {
            score_near(lanes, RUV_WIDE, half, rows, c, q, scores);
            c += RUV_WIDE;
        } else {
            score_near(lanes, RUV_TILE, half, rows, c, q, scores);
            c += RUV_TILE;
        }
    }
    score_all_far(lanes, rows->far_count, rows->far, rows->width, q,
                  scores + (size_t)rows->near_count * lanes, lanes);
}

void ruv_score_rows(uint32_t lanes, const ruv_rows_t *rows, const float *q, float *scores)
{
    const bool half = rows->dtype == RUV_DTYPE_F16;
    if (lanes == RUV_LANES) {
        half ? score_rows(RUV_LANES, true, rows, q, scores)
             : score_rows(RUV_LANES, false, rows, q, scores);
    } else {
        half ? score_rows(1, true, rows, q, scores) : score_rows(1, false, rows, q, scores);
    }
}

void ruv_score_own(const ruv_own_t *own, uint32_t width, const float *const *q, float *scores)
{
    for (uint32_t l = 0; l < RUV_LANES; l++) {
        score_all_far(1, own->count, own->rows[l], width, q[l], scores + l, RUV_LANES);
    }
}

// ---- weights ------------------------------------------------------------------------------------

void ruv_softmax_start(ruv_softmax_t *softmax)
{
    for (uint32_t l = 0; l < RUV_LANES; l++) {
        softmax->sum[l] = 0.0f;
        softmax->lost[l] = 0.0f;
    }
    softmax->empty = true;
    softmax->in_range = true;
}

// Adds a tile's sum of weights to the running one.
RUV_INLINE void add_weights(ruv_softmax_t *softmax, uint32_t l, float sum)
{
    if (softmax->empty) {
        softmax->sum[l] = sum;
        return;
    }
    const float before = softmax->sum[l] * softmax->rescale[l];
    const float addend = sum - softmax->lost[l] * softmax->rescale[l];
    softmax->sum[l] = before + addend;
    softmax->lost[l] = (softmax->sum[l] - before) - addend;
}

// One pass, with the scores taken relative to one of them, or to what came before, and not to the
// largest. Returns false, and the scores are lost, where one of the weights is no normal number.
RUV_INLINE bool weigh_relative(uint32_t lanes, ruv_softmax_t *softmax, float scale, uint32_t count,
                               float *scores)
{
    float reference[RUV_LANES], sum[RUV_LANES];
    RUV_EACH(l, lanes) {
        reference[l] = softmax->empty ? scores[l] * scale : softmax->top[l];
        sum[l] = 0.0f;
    }
    uint32_t all_set = RUV_EXP2_IN_RANGE, any_set = 0;
    for (float *end = scores + count * lanes; scores != end; scores += lanes) {
        RUV_EACH(l, lanes) {
            const ruv_exp2_t power = ruv_exp2_split(ruv_fma(scores[l], scale, -reference[l]));
            all_set &= power.shifted;
            any_set |= power.shifted;
            scores[l] = ruv_exp2_join(power);
            sum[l] += scores[l];
        }
    }
    bool normal = ruv_exp2_in_range(all_set, any_set);
    RUV_EACH(l, lanes) {
        normal = normal && sum[l] <= WEIGHTS_MAX;
    }
    for (uint32_t l = 0; l < lanes && normal; l++) {
        softmax->top[l] = reference[l];
        softmax->rescale[l] = 1.0f;
        add_weights(softmax, l, sum[l]);
    }
    return normal;
}

bool ruv_weigh(uint32_t lanes, ruv_softmax_t *softmax, float scale, uint32_t count, float *scores)
{
    const bool normal = lanes == RUV_LANES
                            ? weigh_relative(RUV_LANES, softmax, scale, count, scores)
                            : weigh_relative(1, softmax, scale, count, scores);
    softmax->empty = softmax->empty && !normal;
    return normal;
}

// The largest score so far of one lane, in units of powers of two.
static void raise_top(ruv_softmax_t *softmax, uint32_t l, uint32_t lanes, float scale,
                      uint32_t count, const float *scores)
{
    float top = softmax->empty ? -FLT_MAX : softmax->top[l];
    for (uint32_t c = 0; c < count; c++) {
        const float scaled = scores[c * lanes + l] * scale;
        softmax->in_range = softmax->in_range && scaled >= -FLT_MAX && scaled <= FLT_MAX;
        top = scaled > top ? scaled : top;
    }
    softmax->rescale[l] = softmax->empty ? 0.0f : ruv_exp2_clamped(softmax->top[l] - top);
    softmax->top[l] = top;
}

void ruv_weigh_below_top(uint32_t lanes, ruv_softmax_t *softmax, float scale, uint32_t count,
                         float *scores)
{
    for (uint32_t l = 0; l < lanes; l++) {
        raise_top(softmax, l, lanes, scale, count, scores);
        float sum = 0.0f;
        for (uint32_t c = 0; c < count; c++) {
            float *score = &scores[c * lanes + l];
            *score = ruv_exp2_clamped(ruv_fma(*score, scale, -softmax->top[l]));
            sum += *score;
        }
        add_weights(softmax, l, sum);
    }
    softmax->empty = false;
}

// ---- weighted sums ------------------------------------------------------------------------------

// `columns` elements of one row, weighted: every lane's first terms, or further ones.
RUV_INLINE void sum_row(uint32_t lanes, uint32_t columns, bool half, bool first, const void *row,
                        const float *weights, float sum[RUV_WIDE][RUV_LANES])
{
    const float *lane[RUV_LANES];
    const void *at[RUV_WIDE];
    RUV_EACH(l, lanes) {
        lane[l] = weights + l;
    }
    RUV_EACH(k, columns) {
        at[k] = element_at(row, half, k);
    }
    ruv_multiply_tile(lanes, columns, half, first, lane, at, sum);
}

// The same of the rows that each lane has for itself.
RUV_INLINE void sum_own(uint32_t columns, const ruv_own_t *own, size_t t,
                        const float *weights /*[count][lanes]*/, float sum[RUV_WIDE][RUV_LANES])
{
    for (uint32_t c = 0; c < own->count; c++, weights += RUV_LANES) {
        RUV_EACH(l, RUV_LANES) {
            const float *row = own->rows[l][c] + t;
            const float w = weights[l];
            RUV_EACH(k, columns) {
                sum[k][l] = ruv_fma(row[k], w, sum[k][l]);
            }
        }
    }
}

// Elements t … t+columns of the sums. Returns 0, or NaN when one of them is not finite.
RUV_INLINE float sum_columns(uint32_t lanes, uint32_t columns, bool half, const ruv_rows_t *rows,
                             const float *weights, const float *factor, float *const *out, size_t t)
{
    float sum[RUV_WIDE][RUV_LANES];
    const ruv_rows_t r = *rows; // in registers
    const float *far_weights = weights + (size_t)r.near_count * lanes;
    const float *const *far = r.far, *const *const far_end = far + r.far_count;
    if (far != far_end) {
        sum_row(lanes, columns, false, true, *far++ + t, far_weights, sum);
    } else {
        RUV_EACH(l, lanes) {
            RUV_EACH(k, columns) {
                sum[k][l] = 0.0f;
            }
        }
    }
    for (; far != far_end; far++) {
        const float *row = *far + t;
        RUV_ONE_ADDRESS(row);
        far_weights += lanes;
        sum_row(lanes, columns, false, false, row, far_weights, sum);
    }
    if (lanes == RUV_LANES && r.own != NULL) {
        const size_t shared = (size_t)r.near_count + r.far_count;
        sum_own(columns, r.own, t, weights + shared * lanes, sum);
    }
    const void *row = element_at(r.near, half, t);
    const size_t step = r.stride * (half ? sizeof(int16_t) : sizeof(float));
    for (uint32_t c = 0; c < r.near_count; c += RUV_TILE, weights += RUV_TILE * lanes) {
        RUV_EACH(j, RUV_TILE) {
            RUV_ONE_ADDRESS(row);
            sum_row(lanes, columns, half, false, row, weights + j * lanes, sum);
            row = (const unsigned char *)row + step;
        }
    }
    float check = 0.0f;
    RUV_EACH(l, lanes) {
        const float times = factor[l];
        float *const to = out[l] + t;
        RUV_EACH(k, columns) {
            const float result = sum[k][l] * times;
            check = ruv_fma(result, 0.0f, check);
            to[k] = result;
        }
    }
    return check;
}

RUV_INLINE bool sum_rows(uint32_t lanes, bool half, const ruv_rows_t *rows, const float *weights,
                         const float *factor, float *const *out)
{
    float check = 0.0f;
    size_t t = 0;
    while (t + RUV_TILE <= rows->width) {
        if (ruv_wide_next(rows->width - t)) {
            check += sum_columns(lanes, RUV_WIDE, half, rows, weights, factor, out, t);
            t += RUV_WIDE;
        } else {
            check += sum_columns(lanes, RUV_TILE, half, rows, weights, factor, out, t);
            t += RUV_TILE;
        }
    }
    for (; t < rows->width; t++) {
        check += sum_columns(lanes, 1, half, rows, weights, factor, out, t);
    }
    return check == 0.0f;
}

bool ruv_sum_rows(uint32_t lanes, const ruv_rows_t *rows, const float *weights, const float *factor,
                  float *const *out)
{
    const bool half = rows->dtype == RUV_DTYPE_F16;
    if (lanes == RUV_LANES) {
        return half ? sum_rows(RUV_LANES, true, rows, weights, factor, out)
                    : sum_rows(RUV_LANES, false, rows, weights, factor, out);
    }
    return half ? sum_rows(1, true, rows, weights, factor, out)
                : sum_rows(1, false, rows, weights, factor, out);
}
