// The plain kernel: attention as loops over one candidate after the other.
#pragma once

#include "attend_view.h"

void ruv_attend_plain(const ruv_view_t *view, const ruv_run_t *runs /*[n_runs]*/, uint32_t n_runs,
                      const float *q, float *out, const ruv_attend_scratch_t *scratch);
