// Each loop is written once, with the number of lanes and the type of the rows as constants that
// the compiler sees, and so becomes straight code over registers.

#include "quad.h"

#include <float.h>

#include "exp2_core.h"

#define WEIGHTS_MOST 0x1p64f // their products with values stay in range up to as much again

RUV_INLINE float element(const void *row, bool half, size_t t)
{
    return half ? ruv_finite_half(((const int16_t *)row)[t]) : ((const float *)row)[t];
}

RUV_INLINE const void *near_row(const ruv_rows_t *rows, bool half, size_t element_index)
{
    return half ? (const void *)((const int16_t *)rows->near + element_index)
                : (const void *)((const float *)rows->near + element_index);
}

// ---- scores --------------------------------------------------------------------------------

// The products of element t of some rows with all lanes: the sums' first terms, or further ones.
RUV_INLINE void score_element(uint32_t lanes, uint32_t n_rows, bool half, bool first,
                              const void *const *row, const float *q, size_t t,
                              float sum[RUV_TILE][RUV_LANES])
{
    RUV_UNROLL for (uint32_t r = 0; r < n_rows; r++)
    {
        const float x = element(row[r], half, t);
        RUV_UNROLL for (uint32_t l = 0; l < lanes; l++)
        {
            const float y = q[t * lanes + l];
            sum[r][l] = first ? x * y : ruv_fma(x, y, sum[r][l]);
        }
    }
}

RUV_INLINE void score_steps(uint32_t lanes, uint32_t n_rows, bool half, bool first,
                            const void *const *row, const float *q, size_t t,
                            float sum[RUV_TILE][RUV_LANES])
{
    RUV_UNROLL for (uint32_t step = 0; step < RUV_STEPS; step++)
    {
        score_element(lanes, n_rows, half, first && step == 0, row, q, t + step, sum);
    }
}

RUV_INLINE void score_tile(uint32_t lanes, uint32_t n_rows, bool half, const void *const *row,
                           const float *q, uint32_t width, float *scores /*[n_rows]*/,
                           uint32_t stride /*from a row's scores to the next's*/)
{
    float sum[RUV_TILE][RUV_LANES];
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
    RUV_UNROLL for (uint32_t r = 0; r < n_rows; r++)
    {
        RUV_UNROLL for (uint32_t l = 0; l < lanes; l++)
        {
            scores[r * stride + l] = sum[r][l];
        }
    }
}

RUV_INLINE void score_far(uint32_t lanes, uint32_t n_rows, const ruv_rows_t *rows, uint32_t c,
                          const float *q, float *scores)
{
    const void *row[RUV_TILE];
    RUV_UNROLL for (uint32_t r = 0; r < n_rows; r++)
    {
        row[r] = rows->far[c + r];
    }
    score_tile(lanes, n_rows, false, row, q, rows->width, scores + (size_t)c * lanes, lanes);
}

RUV_INLINE void score_rows(uint32_t lanes, bool half, const ruv_rows_t *rows, const float *q,
                           float *scores)
{
    uint32_t c = 0;
    for (; c < rows->near_count; c += RUV_TILE, scores += RUV_TILE * lanes) {
        const void *row[RUV_TILE];
        RUV_UNROLL for (uint32_t r = 0; r < RUV_TILE; r++)
        {
            row[r] = near_row(rows, half, (c + r) * rows->stride);
        }
        score_tile(lanes, RUV_TILE, half, row, q, rows->width, scores, lanes);
    }
    for (c = 0; c + RUV_TILE <= rows->far_count; c += RUV_TILE) {
        score_far(lanes, RUV_TILE, rows, c, q, scores);
    }
    if (RUV_TILE > 2 && c + 2 <= rows->far_count) {
        score_far(lanes, 2, rows, c, q, scores);
        c += 2;
    }
    if (c < rows->far_count) {
        score_far(lanes, 1, rows, c, q, scores);
    }
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

RUV_INLINE void score_own(uint32_t n_rows, const float *const *rows, uint32_t width, const float *q,
                          float *scores)
{
    const void *row[RUV_TILE];
    RUV_UNROLL for (uint32_t r = 0; r < n_rows; r++)
    {
        row[r] = rows[r];
    }
    score_tile(1, n_rows, false, row, q, width, scores, RUV_LANES);
}

void ruv_score_own(const ruv_own_t *own, uint32_t width, const float *const *q, float *scores)
{
    for (uint32_t l = 0; l < RUV_LANES; l++) {
        uint32_t c = 0;
        for (; c + RUV_TILE <= own->count; c += RUV_TILE) {
            score_own(RUV_TILE, own->rows[l] + c, width, q[l], scores + c * RUV_LANES + l);
        }
        for (; c < own->count; c++) {
            score_own(1, own->rows[l] + c, width, q[l], scores + c * RUV_LANES + l);
        }
    }
}

// ---- weights -------------------------------------------------------------------------------

void ruv_softmax_start(ruv_softmax_t *softmax)
{
    for (uint32_t l = 0; l < RUV_LANES; l++) {
        softmax->sum[l] = 0.0f;
        softmax->lost[l] = 0.0f;
    }
    softmax->empty = true;
    softmax->in_range = true;
}

// Takes a tile's sum of weights into the running one.
RUV_INLINE void add_weights(ruv_softmax_t *softmax, uint32_t l, float sum)
{
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
    RUV_UNROLL for (uint32_t l = 0; l < lanes; l++)
    {
        reference[l] = softmax->empty ? scores[l] * scale : softmax->top[l];
        sum[l] = 0.0f;
    }
    uint32_t all_set = RUV_EXP2_IN_RANGE, any_set = 0;
    for (float *end = scores + count * lanes; scores != end; scores += lanes) {
        RUV_UNROLL for (uint32_t l = 0; l < lanes; l++)
        {
            const ruv_exp2_t power = ruv_exp2_split(ruv_fma(scores[l], scale, -reference[l]));
            all_set &= power.shifted;
            any_set |= power.shifted;
            scores[l] = ruv_exp2_join(power);
            sum[l] += scores[l];
        }
    }
    bool normal = ruv_exp2_in_range(all_set, any_set);
    RUV_UNROLL for (uint32_t l = 0; l < lanes; l++)
    {
        normal = normal && sum[l] <= WEIGHTS_MOST;
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

// ---- weighted sums -------------------------------------------------------------------------

// `columns` elements of one row, weighted: every lane's first terms, or further ones.
RUV_INLINE void sum_row(uint32_t lanes, uint32_t columns, bool half, bool first, const void *row,
                        const float *weights, float sum[RUV_LANES][RUV_TILE])
{
    RUV_UNROLL for (uint32_t k = 0; k < columns; k++)
    {
        const float x = element(row, half, k);
        RUV_UNROLL for (uint32_t l = 0; l < lanes; l++)
        {
            sum[l][k] = first ? x * weights[l] : ruv_fma(x, weights[l], sum[l][k]);
        }
    }
}

// The same of the rows that each lane has for itself.
RUV_INLINE void sum_own(uint32_t columns, const ruv_own_t *own, size_t t,
                        const float *weights /*[count][lanes]*/, float sum[RUV_LANES][RUV_TILE])
{
    for (uint32_t c = 0; c < own->count; c++, weights += RUV_LANES) {
        RUV_UNROLL for (uint32_t l = 0; l < RUV_LANES; l++)
        {
            const float *row = own->rows[l][c] + t;
            const float w = weights[l];
            RUV_UNROLL for (uint32_t k = 0; k < columns; k++)
            {
                sum[l][k] = ruv_fma(row[k], w, sum[l][k]);
            }
        }
    }
}

// Elements t … t+columns of the sums. Returns 0, or NaN when one of them is not finite.
RUV_INLINE float sum_columns(uint32_t lanes, uint32_t columns, bool half, const ruv_rows_t *rows,
                             const float *weights, const float *factor, float *const *out, size_t t)
{
    float sum[RUV_LANES][RUV_TILE];
    const float *far_weights = weights + (size_t)rows->near_count * lanes;
    uint32_t c = 0;
    if (rows->far_count > 0) {
        sum_row(lanes, columns, false, true, rows->far[c++] + t, far_weights, sum);
    } else {
        RUV_UNROLL for (uint32_t l = 0; l < lanes; l++)
        {
            RUV_UNROLL for (uint32_t k = 0; k < columns; k++)
            {
                sum[l][k] = 0.0f;
            }
        }
    }
    for (; c < rows->far_count; c++) {
        const float *row = rows->far[c] + t;
        RUV_ONE_ADDRESS(row);
        far_weights += lanes;
        sum_row(lanes, columns, false, false, row, far_weights, sum);
    }
    if (lanes == RUV_LANES && rows->own != NULL) {
        const size_t shared = (size_t)rows->near_count + rows->far_count;
        sum_own(columns, rows->own, t, weights + shared * lanes, sum);
    }
    size_t at = t;
    for (c = 0; c < rows->near_count; c += RUV_TILE, weights += RUV_TILE * lanes) {
        RUV_UNROLL for (uint32_t r = 0; r < RUV_TILE; r++, at += rows->stride)
        {
            const void *row = near_row(rows, half, at);
            sum_row(lanes, columns, half, false, row, weights + r * lanes, sum);
        }
    }
    float check = 0.0f;
    RUV_UNROLL for (uint32_t l = 0; l < lanes; l++)
    {
        RUV_UNROLL for (uint32_t k = 0; k < columns; k++)
        {
            const float result = sum[l][k] * factor[l];
            check = ruv_fma(result, 0.0f, check);
            out[l][t + k] = result;
        }
    }
    return check;
}

RUV_INLINE bool sum_rows(uint32_t lanes, bool half, const ruv_rows_t *rows, const float *weights,
                         const float *factor, float *const *out)
{
    float check = 0.0f;
    size_t t = 0;
    for (; t + RUV_TILE <= rows->width; t += RUV_TILE) {
        check += sum_columns(lanes, RUV_TILE, half, rows, weights, factor, out, t);
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
