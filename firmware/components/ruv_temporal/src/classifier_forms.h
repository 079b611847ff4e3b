// The layers, in two forms: as the model states them, and with its matrices multiplied out.
#pragma once

#include "classifier_state.h"

// The form with fewer multiply-accumulates for so many tokens. (form_cost.c)
ruv_form_t ruv_cheaper_form(const ruv_blob_t *blob, uint32_t tokens);

// What the two forms provide: buffers, and the pooled state from the tokens in classifier->x.
void ruv_direct_layout(ruv_classifier_t *classifier, ruv_arena_t *arena, uint32_t tokens);
void ruv_direct_run(ruv_classifier_t *classifier, const ruv_pattern_t *pattern);
void ruv_folded_layout(ruv_classifier_t *classifier, ruv_arena_t *arena, uint32_t tokens);
esp_err_t ruv_folded_prepare(ruv_classifier_t *classifier);
void ruv_folded_run(ruv_classifier_t *classifier, const ruv_pattern_t *pattern);
