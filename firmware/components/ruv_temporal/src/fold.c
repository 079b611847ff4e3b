// The products of weight matrices for the folded classifier. They are formed in about twice the
// precision of float32, so that folding costs no accuracy, and without double, which the targets
// have no hardware for.

#include "classifier_parts.h"
#include "weights.h"

// a·b = high + low: the rounding error of every product and of every addition is found, and summed
// on its own (Ogita, Rump and Oishi, "Accurate sum and dot product", 2005, algorithm Dot2).
typedef struct {
    float high;
    float low;
} pair_t;

// The upper and the lower half of a float's bits (Veltkamp): products of halves are exact.
static pair_t split(float value)
{
    const float shifted = value * 4097.0f; // 2^12 + 1
    const float high = shifted - (shifted - value);
    return (pair_t){.high = high, .low = value - high};
}

static pair_t dot_pair(const float *a /*[n]*/, const float *b /*[n]*/, uint32_t n)
{
    pair_t sum = {.high = 0.0f, .low = 0.0f};
    for (uint32_t c = 0; c < n; c++) {
        const pair_t x = split(a[c]), y = split(b[c]);
        const float product = a[c] * b[c];
        const float product_error =
            x.low * y.low - (((product - x.high * y.high) - x.low * y.high) - x.high * y.low);
        const float total = sum.high + product;
        const float part = total - sum.high;
        const float total_error = (sum.high - (total - part)) + (product - part);
        sum.high = total;
        sum.low += product_error + total_error;
    }
    return sum;
}

void ruv_fold_query(const ruv_classifier_t *classifier, uint32_t layer, float *to_query)
{
    const ruv_blob_t *blob = &classifier->blob;
    const uint32_t dim = blob->dim, d = blob->head_dim;
    const uint32_t group = blob->n_q_heads / blob->n_kv_heads;
    const ruv_matrix_t wq = ruv_weights(blob, layer, RUV_WQ);
    const ruv_matrix_t wk = ruv_weights(blob, layer, RUV_WK);
    float *const q_row = classifier->folded.heads, *const k_row = classifier->folded.row;
    for (uint32_t r = 0; r < dim; r++) {
        const float *wq_r = ruv_matrix_row(&wq, r, q_row);
        for (uint32_t c = 0; c < dim; c++) {
            const float *wk_c = ruv_matrix_row(&wk, c, k_row);
            for (uint32_t h = 0; h < blob->n_q_heads; h++) {
                const float *q = wq_r + (size_t)h * d, *k = wk_c + (size_t)(h / group) * d;
                const pair_t dot = dot_pair(q, k, d);
                to_query[((size_t)r * blob->n_q_heads + h) * dim + c] = dot.high + dot.low;
            }
        }
    }
}

void ruv_fold_state(const ruv_classifier_t *classifier, uint32_t layer, float *to_state)
{
    const ruv_blob_t *blob = &classifier->blob;
    const uint32_t dim = blob->dim, d = blob->head_dim;
    const uint32_t group = blob->n_q_heads / blob->n_kv_heads;
    const ruv_matrix_t wv = ruv_weights(blob, layer, RUV_WV);
    const ruv_matrix_t wo = ruv_weights(blob, layer, RUV_WO);
    float *const v_row = classifier->folded.heads, *const o_column = classifier->folded.row;
    for (uint32_t c = 0; c < dim; c++) {
        for (uint32_t r = 0; r < wo.rows; r++) {
            o_column[r] = ruv_matrix_element(&wo, r, c);
        }
        for (uint32_t r = 0; r < dim; r++) {
            const float *wv_r = ruv_matrix_row(&wv, r, v_row);
            for (uint32_t h = 0; h < blob->n_q_heads; h++) {
                const float *v = wv_r + (size_t)(h / group) * d, *o = o_column + (size_t)h * d;
                const pair_t dot = dot_pair(v, o, d);
                to_state[((size_t)h * dim + r) * dim + c] = dot.high + dot.low;
            }
        }
    }
}
