#include "mlp.h"

#include "profile.h"
#include "vector.h"
#include "weights.h"

typedef struct {
    const float *w1; // [D, M]
    const float *b1; // [M]
    const float *w2; // [M, D]
    const float *b2; // [D]
} mlp_t;

void ruv_mlp_layout(ruv_classifier_t *classifier, ruv_arena_t *arena)
{
    const uint64_t dim = classifier->blob.input_dim, hidden = classifier->blob.mlp_width;
    const uint64_t matrix = ruv_product(dim, hidden);
    classifier->mlp = (ruv_mlp_t){
        .w1 = ruv_arena_take(arena, matrix, sizeof(float)),
        .b1 = ruv_arena_take(arena, hidden, sizeof(float)),
        .w2 = ruv_arena_take(arena, matrix, sizeof(float)),
        .b2 = ruv_arena_take(arena, hidden != 0 ? dim : 0, sizeof(float)),
        .hidden = ruv_arena_take(arena, ruv_product(RUV_LANES, hidden), sizeof(float)),
    };
}

static mlp_t load(const ruv_classifier_t *classifier, uint32_t layer)
{
    const ruv_mlp_t *room = &classifier->mlp;
    const ruv_matrix_t w1 = ruv_weights(&classifier->blob, layer, RUV_W1);
    const ruv_matrix_t b1 = ruv_weights(&classifier->blob, layer, RUV_B1);
    const ruv_matrix_t w2 = ruv_weights(&classifier->blob, layer, RUV_W2);
    const ruv_matrix_t b2 = ruv_weights(&classifier->blob, layer, RUV_B2);
    return (mlp_t){
        .w1 = ruv_matrix_floats(&w1, room->w1),
        .b1 = ruv_matrix_floats(&b1, room->b1),
        .w2 = ruv_matrix_floats(&w2, room->w2),
        .b2 = ruv_matrix_floats(&b2, room->b2),
    };
}

// h = max(h, 0). One that is not finite makes the first NaN: minus infinity would become 0, and the
// sum that it stands for may be a positive one.
static void rectify(float *h /*[n]*/, size_t n)
{
    float check = 0.0f; // 0 times a number is 0; times NaN or infinity it is NaN
    size_t t = 0;
    for (; t + RUV_STEPS <= n; t += RUV_STEPS) {
        RUV_UNROLL for (size_t step = 0; step < RUV_STEPS; step++)
        {
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

static void run_batch(const ruv_classifier_t *classifier, const mlp_t *mlp, const ruv_pick_t *x,
                      uint32_t count)
{
    const size_t dim = classifier->blob.input_dim, width = classifier->blob.mlp_width;
    const ruv_pick_t hidden = {classifier->mlp.hidden, width, ruv_slots};
    for (uint32_t l = 0; l < count; l++) {
        ruv_copy(hidden.rows + l * width, mlp->b1, width);
    }
    ruv_project(classifier, x, &hidden, count, mlp->w1, true);
    for (uint32_t l = 0; l < count; l++) {
        rectify(hidden.rows + l * width, width);
        ruv_add_scaled(x->rows + x->numbers[l] * dim, 1.0f, mlp->b2, dim);
    }
    ruv_project(classifier, &hidden, x, count, mlp->w2, true);
}

void ruv_mlp_run(const ruv_classifier_t *classifier, uint32_t layer, uint32_t n_tokens)
{
    if (classifier->blob.mlp_width == 0) {
        return;
    }
    const mlp_t mlp = load(classifier, layer);
    const uint32_t *writes = ruv_reads_row(&classifier->reads, layer + 1);
    uint32_t tokens[RUV_LANES], count;
    const ruv_pick_t x = {classifier->x, classifier->blob.input_dim, tokens};
    for (uint32_t end = n_tokens; (count = ruv_reads_take(writes, &end, tokens)) > 0;) {
        run_batch(classifier, &mlp, &x, count);
    }
}

void ruv_mlp_run_one(const ruv_classifier_t *classifier, uint32_t layer, float *x)
{
    if (classifier->blob.mlp_width == 0) {
        return;
    }
    const mlp_t mlp = load(classifier, layer);
    const ruv_pick_t only = {x, classifier->blob.input_dim, ruv_slots};
    run_batch(classifier, &mlp, &only, 1);
}
