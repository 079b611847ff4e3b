// What the files of the classifier do for each other.
#pragma once

#include "classifier.h"
#include "multiply.h"

// ---- the two forms of the layers: as stated, and with the matrices multiplied out ---------------
// --

// The form with fewer multiply-accumulates for so many tokens. (form_cost.c)
ruv_form_t ruv_cheaper_form(const ruv_blob_t *blob, uint32_t tokens);

// Whether the last layer needs the output of every token in the folded form too.
static inline bool ruv_last_is_full(const ruv_blob_t *blob)
{
    return blob->pool == RUV_POOL_MEAN && (blob->mlp_width != 0 || blob->max_pooling);
}

// Each form takes its buffers, and makes the pooled state of the tokens in classifier->x.
void ruv_direct_layout(ruv_classifier_t *classifier, ruv_arena_t *arena, uint32_t tokens);
void ruv_direct_run(ruv_classifier_t *classifier, const ruv_pattern_t *pattern);
void ruv_folded_layout(ruv_classifier_t *classifier, ruv_arena_t *arena, uint32_t tokens);
esp_err_t ruv_folded_prepare(ruv_classifier_t *classifier);
void ruv_folded_run(ruv_classifier_t *classifier, const ruv_pattern_t *pattern);

// One layer's products for the folded form: Wq_h Wk_h^T, and Wv_h Wo_h. (fold.c)
void ruv_fold_query(const ruv_classifier_t *classifier, uint32_t layer,
                    float *to_query /*[D, Hq*D]*/);
void ruv_fold_state(const ruv_classifier_t *classifier, uint32_t layer,
                    float *to_state /*[Hq*D, D]*/);

// ---- attention of a layer, and pooling (classifier_parts.c) -------------------------------------

// What a layer multiplies the token states by before and after the attention.
typedef struct {
    const float *w_query; // [D, Hq*d]
    const float *w_state; // [Hq*d, D]
    float *heads;         // [RUV_LANES, Hq, d] buffer: queries, then outputs of the attention
} ruv_attention_layer_t;

// heads = attention(x w_query) for `count` tokens. Hq and d are those of the view.
void ruv_attend_states(const ruv_classifier_t *classifier, const ruv_view_t *view,
                       const ruv_attention_layer_t *layer, const uint32_t *tokens /*[count]*/,
                       uint32_t count);

// x += attention(x w_query) w_state for all tokens in a row of bits.
void ruv_attend_layer(const ruv_classifier_t *classifier, const ruv_view_t *view,
                      const ruv_attention_layer_t *layer, const uint32_t *writes);

// y = x W or y += x W, by the kernel in use.
void ruv_project_batch(const ruv_classifier_t *classifier, const ruv_batch_t *batch,
                       const float *w /*[rows, columns]*/, uint32_t rows, uint32_t columns,
                       bool add);

// y = x W for all token states in a row of bits.
void ruv_project_states(const ruv_classifier_t *classifier, uint32_t n_tokens,
                        const uint32_t *tokens, const float *w /*[D, columns]*/, uint32_t columns,
                        float *y /*[n_tokens, columns]*/);

// pooled = the last token's state, or the mean over tokens, with the maxima behind it.
void ruv_pool(ruv_classifier_t *classifier, uint32_t n);

// Each element divided by `count`.
void ruv_divide(float *x /*[width]*/, uint32_t count, size_t width);

// ---- what works on each token alone (mlp.c) -----------------------------------------------------
//
//   the MLP of a layer, behind the attention: x += relu(x W1 + b1) W2 + b2
//   the stem, once before the layers: the same, but it reads the last tokens instead of x
//   the convolution before it, which makes tokens of the last frames: x = relu(c Wf + bf)

// Takes the buffers of all three. They may share memory with those of the attention: a layer's MLP
// runs when its attention has run for all tokens.
void ruv_mlp_layout(ruv_classifier_t *classifier, ruv_arena_t *arena);

// These do nothing where the model has no such part.
// For all tokens of classifier->x that the layer writes:
void ruv_mlp_run(const ruv_classifier_t *classifier, uint32_t layer, uint32_t n_tokens);
// For one token's state:
void ruv_mlp_run_one(const ruv_classifier_t *classifier, uint32_t layer, float *x /*[D]*/);
// Tokens in classifier->x of the n frames in classifier->frames. Without a convolution the two are
// one place.
void ruv_conv_run(const ruv_classifier_t *classifier, uint32_t n, uint32_t tokens);
// For all tokens that the first layer reads:
void ruv_stem_run(const ruv_classifier_t *classifier, uint32_t n_tokens);
