// The MLP of a layer, the stem and the convolution.

#include "classifier_parts.h"
#include "vector.h"
#include "weights.h"

typedef struct {
    const float *w1; // [inputs, width]
    const float *b1; // [width]
    const float *w2; // [width, D]
    const float *b2; // [D]
    uint32_t inputs;
    uint32_t width;
} mlp_t;

// Up to RUV_LANES tokens; beyond their number the last one is repeated.
typedef struct {
    const float *input[RUV_LANES]; // [mlp.inputs] each
    float *x[RUV_LANES];           // [D] each
    uint32_t count;
} lanes_t;

void ruv_mlp_layout(ruv_classifier_t *classifier, ruv_arena_t *arena)
{
    const ruv_blob_t *blob = &classifier->blob;
    const uint64_t dim = blob->dim, hidden = ruv_larger(blob->mlp_width, blob->stem_width);
    const uint64_t stem = ruv_product(blob->stem_taps * dim, blob->stem_width);
    const uint64_t row = (uint64_t)blob->conv_taps * blob->input_dim;
    const uint64_t conv = ruv_product(row, blob->conv_width);
    const uint64_t first = ruv_larger(ruv_larger(ruv_product(dim, blob->mlp_width), stem), conv);
    classifier->mlp = (ruv_mlp_t){
        .w1 = ruv_arena_take(arena, first, sizeof(float)),
        .b1 = ruv_arena_take(arena, ruv_larger(hidden, blob->conv_width), sizeof(float)),
        .w2 = ruv_arena_take(arena, ruv_product(dim, hidden), sizeof(float)),
        .b2 = ruv_arena_take(arena, hidden != 0 ? dim : 0, sizeof(float)),
        .hidden = ruv_arena_take(arena, ruv_product(RUV_LANES, hidden), sizeof(float)),
    };
}

// The MLP whose matrices are `first` and the three that follow it.
static mlp_t load(const ruv_classifier_t *classifier, uint32_t layer, ruv_matrix_id_t first)
{
    const ruv_mlp_t *room = &classifier->mlp;
    const ruv_matrix_t w1 = ruv_weights(&classifier->blob, layer, first);
    const ruv_matrix_t b1 = ruv_weights(&classifier->blob, layer, first + 1);
    const ruv_matrix_t w2 = ruv_weights(&classifier->blob, layer, first + 2);
    const ruv_matrix_t b2 = ruv_weights(&classifier->blob, layer, first + 3);
    return (mlp_t){
        .w1 = ruv_matrix_floats(&w1, room->w1),
        .b1 = ruv_matrix_floats(&b1, room->b1),
        .w2 = ruv_matrix_floats(&w2, room->w2),
        .b2 = ruv_matrix_floats(&b2, room->b2),
        .inputs = w1.rows,
        .width = w1.columns,
    };
}

// h = max(h, 0). Where an element is not finite, the first one becomes NaN: minus infinity would
// become 0, although the sum that it stands for may be positive.
static void rectify(float *h /*[n]*/, size_t n)
{
    float check = 0.0f; // 0 times a number is 0; times NaN or infinity it is NaN
    size_t t = 0;
    for (; t + RUV_STEPS <= n; t += RUV_STEPS) {
        RUV_EACH(step, RUV_STEPS) {
            check = ruv_fma(h[t + step], 0.0f, check);
            h[t + step] = h[t + step] < 0.0f ? 0.0f : h[t + step];
        }
    }
    for (; t < n; t++) {
        check = ruv_fma(h[t], 0.0f, check);
        h[t] = h[t] < 0.0f ? 0.0f : h[t];
    }
    h[0] += check;
}

static void run_lanes(const ruv_classifier_t *classifier, const mlp_t *mlp, const lanes_t *lanes)
{
    const uint32_t dim = classifier->blob.dim;
    ruv_batch_t first = {.count = lanes->count}, second = {.count = lanes->count};
    for (uint32_t l = 0; l < RUV_LANES; l++) {
        const uint32_t at = l < lanes->count ? l : lanes->count - 1;
        float *hidden = classifier->mlp.hidden + (size_t)at * mlp->width;
        first.x[l] = lanes->input[at];
        first.y[l] = hidden;
        second.x[l] = hidden;
        second.y[l] = lanes->x[at];
    }
    for (uint32_t l = 0; l < lanes->count; l++) {
        ruv_copy(first.y[l], mlp->b1, mlp->width);
    }
    ruv_project_batch(classifier, &first, mlp->w1, mlp->inputs, mlp->width, true);
    for (uint32_t l = 0; l < lanes->count; l++) {
        rectify(first.y[l], mlp->width);
        ruv_add_scaled(second.y[l], 1.0f, mlp->b2, dim);
    }
    ruv_project_batch(classifier, &second, mlp->w2, mlp->width, dim, true);
}

// For the tokens in a row of bits, each of which also reads `before` tokens ahead of its own. From
// the last token to the first: the earlier ones are still unchanged.
static void run_tokens(const ruv_classifier_t *classifier, const mlp_t *mlp, const uint32_t *row,
                       uint32_t n_tokens, uint32_t before)
{
    const size_t dim = classifier->blob.dim;
    uint32_t tokens[RUV_LANES];
    lanes_t lanes;
    for (uint32_t end = n_tokens; (lanes.count = ruv_needed_tokens_take(row, &end, tokens)) > 0;) {
        for (uint32_t l = 0; l < lanes.count; l++) {
            lanes.x[l] = classifier->x + tokens[l] * dim;
            lanes.input[l] = lanes.x[l] - before * dim;
        }
        run_lanes(classifier, mlp, &lanes);
    }
}

void ruv_mlp_run(const ruv_classifier_t *classifier, uint32_t layer, uint32_t n_tokens)
{
    if (classifier->blob.mlp_width != 0) {
        const mlp_t mlp = load(classifier, layer, RUV_W1);
        const uint32_t *writes = ruv_needed_tokens_row(&classifier->needed, layer + 1);
        run_tokens(classifier, &mlp, writes, n_tokens, 0);
    }
}

void ruv_mlp_run_one(const ruv_classifier_t *classifier, uint32_t layer, float *x)
{
    if (classifier->blob.mlp_width != 0) {
        const mlp_t mlp = load(classifier, layer, RUV_W1);
        const lanes_t lanes = {.input = {x}, .x = {x}, .count = 1};
        run_lanes(classifier, &mlp, &lanes);
    }
}

// Fills the rows before the first one with copies of it.
static void repeat_first(float *rows, uint32_t taps, size_t width)
{
    for (uint32_t k = 1; k < taps; k++) {
        ruv_copy(rows - k * width, rows, width);
    }
}

void ruv_conv_run(const ruv_classifier_t *classifier, uint32_t n, uint32_t tokens)
{
    const ruv_blob_t *blob = &classifier->blob;
    if (blob->conv_taps == 0) {
        return;
    }
    const size_t width = blob->input_dim, dim = blob->dim;
    const ruv_matrix_t weights = ruv_weights(blob, 0, RUV_CONV_W);
    const ruv_matrix_t biases = ruv_weights(blob, 0, RUV_CONV_B);
    const float *w = ruv_matrix_floats(&weights, classifier->mlp.w1);
    const float *b = ruv_matrix_floats(&biases, classifier->mlp.b1);
    repeat_first(classifier->frames, blob->conv_taps, width);
    // The first row of the first token, so that the last token ends with the last frame.
    const float *rows = classifier->frames + (n - 1) % blob->conv_stride * width;
    rows -= (blob->conv_taps - 1) * width;
    for (uint32_t done = 0; done < tokens; done += RUV_LANES) {
        const uint32_t left = tokens - done;
        ruv_batch_t batch = {.count = left < RUV_LANES ? left : RUV_LANES};
        for (uint32_t l = 0; l < RUV_LANES; l++) {
            const uint32_t token = done + (l < batch.count ? l : batch.count - 1);
            batch.x[l] = rows + (size_t)token * blob->conv_stride * width;
            batch.y[l] = classifier->x + token * dim;
            ruv_copy(batch.y[l], b, dim);
        }
        ruv_project_batch(classifier, &batch, w, weights.rows, weights.columns, true);
        for (uint32_t l = 0; l < batch.count; l++) {
            rectify(batch.y[l], dim);
        }
    }
}

void ruv_stem_run(const ruv_classifier_t *classifier, uint32_t n_tokens)
{
    if (classifier->blob.stem_taps == 0) {
        return;
    }
    const size_t dim = classifier->blob.dim;
    const uint32_t before = classifier->blob.stem_taps - 1;
    repeat_first(classifier->x, classifier->blob.stem_taps, dim);
    const mlp_t mlp = load(classifier, 0, RUV_STEM_W1);
    run_tokens(classifier, &mlp, ruv_needed_tokens_row(&classifier->needed, 0), n_tokens, before);
}
