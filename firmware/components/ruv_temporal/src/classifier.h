// The model: input scale, convolution, stem, layers of attention and MLP over the frames of a
// window, pooling, and the output matrix. Two forms of it (see ruv_form_t) share everything but the
// layers.
#pragma once

#include "classifier_state.h"

// Chooses the form and takes the buffers.
void ruv_classifier_layout(ruv_classifier_t *classifier, ruv_arena_t *arena, const ruv_blob_t *blob,
                           uint32_t window_len, ruv_form_t form);

// To call once after the layout. ESP_ERR_INVALID_ARG: weights, or their products, are not finite.
esp_err_t ruv_classifier_prepare(ruv_classifier_t *classifier);

// Logits of the n >= 1 frames in classifier->frames, which are consumed. ESP_FAIL: they are not
// finite.
esp_err_t ruv_classifier_run(ruv_classifier_t *classifier, uint32_t n,
                             float *logits /*[n_classes]*/);
