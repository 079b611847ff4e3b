// In place of everything else here where the head is switched off: callers need no #ifdef.
#include "ruv_temporal.h"

esp_err_t ruv_temporal_init(const uint8_t *weights, size_t weights_len, uint32_t input_dim,
                            uint32_t window_len, uint32_t n_classes, ruv_temporal_ctx_t **out_ctx)
{
    return ruv_temporal_init_with(weights, weights_len, input_dim, window_len, n_classes,
                                  RUV_FORM_AUTO, out_ctx);
}

esp_err_t ruv_temporal_init_with(const uint8_t *weights, size_t weights_len, uint32_t input_dim,
                                 uint32_t window_len, uint32_t n_classes, ruv_form_t form,
                                 ruv_temporal_ctx_t **out_ctx)
{
    (void)weights;
    (void)weights_len;
    (void)input_dim;
    (void)window_len;
    (void)n_classes;
    (void)form;
    if (out_ctx) {
        *out_ctx = NULL;
    }
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t ruv_temporal_required_bytes(const uint8_t *weights, size_t weights_len,
                                      uint32_t window_len, size_t *out_bytes)
{
    return ruv_temporal_required_bytes_with(weights, weights_len, window_len, RUV_FORM_AUTO,
                                            out_bytes);
}

esp_err_t ruv_temporal_required_bytes_with(const uint8_t *weights, size_t weights_len,
                                           uint32_t window_len, ruv_form_t form, size_t *out_bytes)
{
    (void)weights;
    (void)weights_len;
    (void)window_len;
    (void)form;
    (void)out_bytes;
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t ruv_temporal_use_kernel(ruv_temporal_ctx_t *ctx, ruv_kernel_t kernel)
{
    (void)ctx;
    (void)kernel;
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t ruv_temporal_push(ruv_temporal_ctx_t *ctx, const float *frame)
{
    (void)ctx;
    (void)frame;
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t ruv_temporal_classify(ruv_temporal_ctx_t *ctx, float *logits, uint32_t n_classes)
{
    (void)ctx;
    (void)logits;
    (void)n_classes;
    return ESP_ERR_NOT_SUPPORTED;
}

void ruv_temporal_reset(ruv_temporal_ctx_t *ctx)
{
    (void)ctx;
}

uint32_t ruv_temporal_frames(const ruv_temporal_ctx_t *ctx)
{
    (void)ctx;
    return 0;
}

ruv_form_t ruv_temporal_form(const ruv_temporal_ctx_t *ctx)
{
    (void)ctx;
    return RUV_FORM_AUTO;
}

void ruv_temporal_destroy(ruv_temporal_ctx_t *ctx)
{
    (void)ctx;
}

esp_err_t ruv_temporal_kernel_self_test(void)
{
    return ESP_ERR_NOT_SUPPORTED;
}
