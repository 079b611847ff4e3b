// Attention of one query head in double precision throughout: slow, and right for any finite input.
#pragma once

#include "attend_view.h"

void ruv_attend_f64(const ruv_view_t *view, const ruv_run_t *runs /*[n_runs]*/, uint32_t n_runs,
                    uint32_t kv_head, const float *q /*[head_dim], `q_stride` apart*/,
                    uint32_t q_stride, float *out /*[head_dim]*/, double *sum /*[head_dim]*/);
