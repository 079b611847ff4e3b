// The loops of quad.c in vectors of eight floats; where a machine has none, the compiler makes
// two of four. Rows of float16, and rows that are no multiple of eight, are left to quad.c, which
// is built in here under other names.

#include "quad.h"

void ruv_score_own_scalar(const ruv_own_t *own, uint32_t width, const float *const *q,
                          float *scores);
bool ruv_weigh_scalar(uint32_t lanes, ruv_softmax_t *softmax, float scale, uint32_t count,
                      float *scores);
void ruv_score_rows_scalar(uint32_t lanes, const ruv_rows_t *rows, const float *q, float *scores);
bool ruv_sum_rows_scalar(uint32_t lanes, const ruv_rows_t *rows, const float *weights,
                         const float *factor, float *const *out);

#define ruv_weigh      ruv_weigh_scalar
#define ruv_score_rows ruv_score_rows_scalar
#define ruv_score_own  ruv_score_own_scalar
#define ruv_sum_rows   ruv_sum_rows_scalar
#include "quad.c"
#undef ruv_weigh
#undef ruv_score_rows
#undef ruv_score_own
#undef ruv_sum_rows

#include <string.h>

#define WIDE        8u
#define MAX_VECTORS 4u // of columns that are summed together

typedef float v8_t __attribute__((vector_size(32)));
typedef uint32_t u8_t __attribute__((vector_size(32)));
typedef float v4_t __attribute__((vector_size(16)));

// One function for every machine: the processor decides at run time which of the two it is.
#define FOR_EVERY_PROCESSOR __attribute__((target_clones("arch=x86-64-v3", "default")))

RUV_INLINE v8_t load8(const float *from)
{
    v8_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

RUV_INLINE void store8(float *to, v8_t value)
{
    memcpy(to, &value, sizeof value);
}

RUV_INLINE v8_t all8(float x)
{
    return (v8_t){x, x, x, x, x, x, x, x};
}

RUV_INLINE float sum8(v8_t x)
{
    return ((x[0] + x[4]) + (x[1] + x[5])) + ((x[2] + x[6]) + (x[3] + x[7]));
}

static bool takes(const ruv_rows_t *rows)
{
    return rows->dtype == RUV_DTYPE_F32 && rows->width % WIDE == 0;
}

// Row c, near or far.
RUV_INLINE const float *row_at(const ruv_rows_t *rows, uint32_t c)
{
    return c < rows->near_count ? (const float *)rows->near + c * rows->stride
                                : rows->far[c - rows->near_count];
}

// ---- scores --------------------------------------------------------------------------------

// Four lanes: two elements of the queries, which lie interleaved, make one vector.
RUV_INLINE void score_lanes(const ruv_rows_t *rows, const float *q, float *scores)
{
    const uint32_t count = rows->near_count + rows->far_count;
    for (uint32_t c = 0; c < count; c += RUV_TILE) {
        const float *row[RUV_TILE];
        v8_t sum[RUV_TILE];
        RUV_UNROLL for (uint32_t r = 0; r < RUV_TILE; r++)
        {
            row[r] = row_at(rows, c + r < count ? c + r : count - 1);
            sum[r] = all8(0.0f);
        }
        for (uint32_t t = 0; t < rows->width; t += 2) {
            const v8_t queries = load8(q + (size_t)t * RUV_LANES);
            RUV_UNROLL for (uint32_t r = 0; r < RUV_TILE; r++)
            {
                const float a = row[r][t], b = row[r][t + 1];
                sum[r] += queries * (v8_t){a, a, a, a, b, b, b, b};
            }
        }
        for (uint32_t r = 0; r < RUV_TILE && c + r < count; r++) {
            RUV_UNROLL for (uint32_t l = 0; l < RUV_LANES; l++)
            {
                scores[(size_t)(c + r) * RUV_LANES + l] = sum[r][l] + sum[r][l + RUV_LANES];
            }
        }
    }
}

RUV_INLINE void score_one(const ruv_rows_t *rows, const float *q, float *scores)
{
    const uint32_t count = rows->near_count + rows->far_count;
    for (uint32_t c = 0; c < count; c++) {
        const float *row = row_at(rows, c);
        v8_t sum = all8(0.0f);
        for (uint32_t t = 0; t < rows->width; t += WIDE) {
            sum += load8(row + t) * load8(q + t);
        }
        scores[c] = sum8(sum);
    }
}

FOR_EVERY_PROCESSOR
void ruv_score_rows(uint32_t lanes, const ruv_rows_t *rows, const float *q, float *scores)
{
    if (!takes(rows)) {
        ruv_score_rows_scalar(lanes, rows, q, scores);
    } else if (lanes == RUV_LANES) {
        score_lanes(rows, q, scores);
    } else {
        score_one(rows, q, scores);
    }
}

RUV_INLINE void score_own8(const ruv_own_t *own, uint32_t width, const float *const *q,
                           float *scores)
{
    for (uint32_t l = 0; l < RUV_LANES; l++) {
        for (uint32_t c = 0; c < own->count; c++) {
            v8_t sum = all8(0.0f);
            for (uint32_t t = 0; t < width; t += WIDE) {
                sum += load8(own->rows[l][c] + t) * load8(q[l] + t);
            }
            scores[c * RUV_LANES + l] = sum8(sum);
        }
    }
}

FOR_EVERY_PROCESSOR
void ruv_score_own(const ruv_own_t *own, uint32_t width, const float *const *q, float *scores)
{
    if (width % WIDE != 0) {
        ruv_score_own_scalar(own, width, q, scores);
    } else {
        score_own8(own, width, q, scores);
    }
}

// ---- weights -------------------------------------------------------------------------------

RUV_INLINE v8_t power8(v8_t x, u8_t *all_set, u8_t *any_set)
{
    const v8_t shift = all8(RUV_EXP2_SHIFT);
    const v8_t shifted = x + shift;
    const v8_t f = x - (shifted - shift);
    *all_set &= (u8_t)shifted;
    *any_set |= (u8_t)shifted;
    v8_t p = f * RUV_EXP2_C5 + RUV_EXP2_C4;
    p = f * p + RUV_EXP2_C3;
    p = f * p + RUV_EXP2_C2;
    p = f * p + RUV_EXP2_C1;
    p = f * p + 1.0f;
    return p * (v8_t)((u8_t)shifted << 23);
}

// As weigh_relative of quad.c. Returns how many scores, from the first on, became weights; their
// sums, by lane, are added to sum[].
RUV_INLINE uint32_t weigh8(uint32_t lanes, const float *reference, float scale, uint32_t n,
                           float *scores, float *sum, uint32_t *all_set, uint32_t *any_set)
{
    v8_t below, total = all8(0.0f);
    u8_t all = {0}, any = {0};
    all |= *all_set;
    for (uint32_t i = 0; i < WIDE; i++) {
        below[i] = reference[i % lanes];
    }
    uint32_t done = 0;
    for (; done + WIDE <= n; done += WIDE) {
        const v8_t weights = power8(load8(scores + done) * scale - below, &all, &any);
        store8(scores + done, weights);
        total += weights;
    }
    for (uint32_t i = 0; i < WIDE; i++) {
        sum[i % lanes] += total[i];
        *all_set &= all[i];
        *any_set |= any[i];
    }
    return done;
}

RUV_INLINE bool weigh_all(uint32_t lanes, ruv_softmax_t *softmax, float scale, uint32_t count,
                          float *scores)
{
    float reference[RUV_LANES], sum[RUV_LANES] = {0};
    for (uint32_t l = 0; l < lanes; l++) {
        reference[l] = softmax->empty ? scores[l] * scale : softmax->top[l];
    }
    uint32_t all_set = RUV_EXP2_IN_RANGE, any_set = 0;
    const uint32_t n = count * lanes;
    uint32_t at = weigh8(lanes, reference, scale, n, scores, sum, &all_set, &any_set);
    for (; at < n; at++) {
        const ruv_exp2_t power = ruv_exp2_split(scores[at] * scale - reference[at % lanes]);
        all_set &= power.shifted;
        any_set |= power.shifted;
        scores[at] = ruv_exp2_join(power);
        sum[at % lanes] += scores[at];
    }
    bool normal = ruv_exp2_in_range(all_set, any_set);
    for (uint32_t l = 0; l < lanes; l++) {
        normal = normal && sum[l] <= WEIGHTS_MAX;
    }
    for (uint32_t l = 0; l < lanes && normal; l++) {
        softmax->top[l] = reference[l];
        softmax->rescale[l] = 1.0f;
        add_weights(softmax, l, sum[l]);
    }
    softmax->empty = softmax->empty && !normal;
    return normal;
}

FOR_EVERY_PROCESSOR
bool ruv_weigh(uint32_t lanes, ruv_softmax_t *softmax, float scale, uint32_t count, float *scores)
{
    return lanes == RUV_LANES ? weigh_all(RUV_LANES, softmax, scale, count, scores)
                              : weigh_all(1, softmax, scale, count, scores);
}

// ---- weighted sums -------------------------------------------------------------------------

// The terms of the rows that each lane has for itself.
RUV_INLINE void sum_own8(uint32_t vectors, const ruv_own_t *own, size_t t,
                         const float *weights /*[count][lanes]*/, v8_t sum[RUV_LANES][MAX_VECTORS])
{
    for (uint32_t c = 0; c < own->count; c++, weights += RUV_LANES) {
        RUV_UNROLL for (uint32_t l = 0; l < RUV_LANES; l++)
        {
            RUV_UNROLL for (uint32_t k = 0; k < vectors; k++)
            {
                sum[l][k] += load8(own->rows[l][c] + t + k * WIDE) * all8(weights[l]);
            }
        }
    }
}

// Columns t … t + 8·vectors of the sums. Returns 0, or NaN when one of them is not finite.
RUV_INLINE v8_t sum_vectors(uint32_t lanes, uint32_t vectors, const ruv_rows_t *rows,
                            const float *weights, const float *factor, float *const *out, size_t t)
{
    const uint32_t count = rows->near_count + rows->far_count;
    v8_t sum[RUV_LANES][MAX_VECTORS], check = all8(0.0f);
    RUV_UNROLL for (uint32_t l = 0; l < lanes; l++)
    {
        RUV_UNROLL for (uint32_t k = 0; k < vectors; k++)
        {
            sum[l][k] = all8(0.0f);
        }
    }
    for (uint32_t c = 0; c < count; c++, weights += lanes) {
        const float *row = row_at(rows, c) + t;
        RUV_UNROLL for (uint32_t k = 0; k < vectors; k++)
        {
            const v8_t x = load8(row + k * WIDE);
            RUV_UNROLL for (uint32_t l = 0; l < lanes; l++)
            {
                sum[l][k] += x * all8(weights[l]);
            }
        }
    }
    if (lanes == RUV_LANES && rows->own != NULL) {
        sum_own8(vectors, rows->own, t, weights, sum); // the weights behind those of the others
    }
    RUV_UNROLL for (uint32_t l = 0; l < lanes; l++)
    {
        RUV_UNROLL for (uint32_t k = 0; k < vectors; k++)
        {
            const v8_t result = sum[l][k] * all8(factor[l]);
            check += result * 0.0f;
            store8(out[l] + t + k * WIDE, result);
        }
    }
    return check;
}

RUV_INLINE bool sum_all(uint32_t lanes, uint32_t vectors, const ruv_rows_t *rows,
                        const float *weights, const float *factor, float *const *out)
{
    v8_t check = all8(0.0f);
    size_t t = 0;
    for (; t + vectors * WIDE <= rows->width; t += vectors * WIDE) {
        check += sum_vectors(lanes, vectors, rows, weights, factor, out, t);
    }
    for (; t < rows->width; t += WIDE) {
        check += sum_vectors(lanes, 1, rows, weights, factor, out, t);
    }
    return sum8(check) == 0.0f;
}

FOR_EVERY_PROCESSOR
bool ruv_sum_rows(uint32_t lanes, const ruv_rows_t *rows, const float *weights, const float *factor,
                  float *const *out)
{
    if (!takes(rows)) {
        return ruv_sum_rows_scalar(lanes, rows, weights, factor, out);
    }
    return lanes == RUV_LANES ? sum_all(RUV_LANES, 2, rows, weights, factor, out)
                              : sum_all(1, 4, rows, weights, factor, out);
}
