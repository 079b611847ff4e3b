// The MLP behind the attention of a layer: x += relu(x W1 + b1) W2 + b2, for each token alone. And
// the stem, which comes once, before the layers, and reads the last tokens instead of x. And the
// convolution before it, x = relu(c Wf + bf), which makes tokens of the last frames.
#pragma once

#include "classifier_state.h"

// Takes the buffers of all of them. They may share memory with those of the attention: a layer's
// MLP runs when its attention has run for all tokens.
void ruv_mlp_layout(ruv_classifier_t *classifier, ruv_arena_t *arena);

// For all tokens of classifier->x that the layer writes. Nothing where the model has no MLP.
void ruv_mlp_run(const ruv_classifier_t *classifier, uint32_t layer, uint32_t n_tokens);

// The convolution: tokens in classifier->x of the n frames in classifier->frames. Nothing where the
// model has none: there they lie in one place.
void ruv_conv_run(const ruv_classifier_t *classifier, uint32_t n, uint32_t tokens);

// The stem, for all tokens that the first layer reads. Nothing where the model has none.
void ruv_stem_run(const ruv_classifier_t *classifier, uint32_t n_tokens);

// An MLP for one token's state.
void ruv_mlp_run_one(const ruv_classifier_t *classifier, uint32_t layer, float *x /*[D]*/);
