#include "attend_batch.h"

#include "attend.h"
#include "attend_shared.h"

void ruv_attend_batch(const ruv_view_t *view, const ruv_pattern_t *pattern, const uint32_t *tokens,
                      uint32_t count, const float *q, float *out,
                      const ruv_attend_scratch_t *scratch)
{
    const size_t width = (size_t)view->n_q_heads * view->head_dim;
    const uint32_t together = ruv_shared_candidates_tokens(view);
    for (uint32_t first = 0; first < count;) {
        const uint32_t left = count - first;
        const uint32_t some = left < together ? left : together;
        const float *const q_rows = q + first * width;
        float *const out_rows = out + first * width;
        if (some == 1 ||
            !ruv_attend_shared(view, pattern, tokens + first, some, q_rows, out_rows, scratch)) {
            for (uint32_t b = 0; b < some; b++) {
                ruv_attend(view, pattern, tokens[first + b], q_rows + b * width,
                           out_rows + b * width, scratch);
            }
        }
        first += some;
    }
}
