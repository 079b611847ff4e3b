// In place of everything else here where the head is switched off: callers need no #ifdef. None of
// these functions looks at its arguments.
#pragma GCC diagnostic ignored "-Wunused-parameter"

#include "ruv_temporal.h"

esp_err_t ruv_temporal_init(const uint8_t *weights, size_t weights_len, uint32_t input_dim,
                            uint32_t window_len, uint32_t n_classes, ruv_temporal_ctx_t **out_ctx)
{
    if (out_ctx != NULL) {
        *out_ctx = NULL;
    }
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t ruv_temporal_init_in(const uint8_t *weights, size_t weights_len, uint32_t input_dim,
                               uint32_t window_len, uint32_t n_classes, void *memory,
                               size_t memory_len, ruv_temporal_ctx_t **out_ctx)
{
    return ruv_temporal_init(NULL, 0, 0, 0, 0, out_ctx);
}

esp_err_t ruv_temporal_required_bytes(const uint8_t *weights, size_t weights_len,
                                      uint32_t window_len, size_t *out_bytes)
{
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t ruv_temporal_push(ruv_temporal_ctx_t *ctx, const float *frame)
{
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t ruv_temporal_classify(ruv_temporal_ctx_t *ctx, float *logits, uint32_t n_classes)
{
    return ESP_ERR_NOT_SUPPORTED;
}

void ruv_temporal_reset(ruv_temporal_ctx_t *ctx)
{
}

uint32_t ruv_temporal_frames(const ruv_temporal_ctx_t *ctx)
{
    return 0;
}

void ruv_temporal_destroy(ruv_temporal_ctx_t *ctx)
{
}

esp_err_t ruv_temporal_kernel_self_test(void)
{
    return ESP_ERR_NOT_SUPPORTED;
}
