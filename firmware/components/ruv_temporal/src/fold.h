// The products of weight matrices that the folded form keeps.
#pragma once

#include "classifier_state.h"

// One layer's products for the folded form: Wq_h Wk_h^T, and Wv_h Wo_h.
void ruv_fold_query(const ruv_classifier_t *classifier, uint32_t layer,
                    float *to_query /*[D, Hq*D]*/);
void ruv_fold_state(const ruv_classifier_t *classifier, uint32_t layer,
                    float *to_state /*[Hq*D, D]*/);
