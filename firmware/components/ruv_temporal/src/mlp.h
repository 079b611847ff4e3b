// The MLP behind the attention of a layer: x += relu(x W1 + b1) W2 + b2, for each token alone.
#pragma once

#include "classifier.h"

// Takes the buffers. They may share memory with those of the attention: a layer's MLP runs when its
// attention has run for all tokens.
void ruv_mlp_layout(ruv_classifier_t *classifier, ruv_arena_t *arena);

// For all tokens of classifier->x that the layer writes. Nothing where the model has no MLP.
void ruv_mlp_run(const ruv_classifier_t *classifier, uint32_t layer, uint32_t n_tokens);

// The same for one token's state.
void ruv_mlp_run_one(const ruv_classifier_t *classifier, uint32_t layer, float *x /*[D]*/);
