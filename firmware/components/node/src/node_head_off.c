// The node where the head is not built: callers need no #ifdef. Flash may still
// hold weights for an image that has a head, and these may be any bytes. Few of these functions
// look at their arguments.
#pragma GCC diagnostic ignored "-Wunused-parameter"

#include "node_config.h"

#if !CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#include <string.h>

#include "node.h"
#include "temporal_task.h"
#include "weights_parts.h"

const node_head_t *node_head(void)
{
    static node_head_t head = {
        .state = HEAD_NOT_BUILT,
        .error = ESP_ERR_NOT_SUPPORTED,
        .reason = "this image is built without the head",
        .self_test_error = ESP_ERR_NOT_SUPPORTED,
    };
    head.weights = weights_store_select(false, NULL);
    return &head;
}

void node_boot_head(void)
{
}

void node_restart_head(void)
{
}

void node_reset_head_stream(void)
{
}

esp_err_t weights_check_blob(const uint8_t *blob, size_t len, weights_shape_t *shape)
{
    if (shape) {
        *shape = (weights_shape_t){0};
    }
    return ESP_OK;
}

esp_err_t weights_fit_build(const weights_shape_t *shape, weights_why_t *why)
{
    return ESP_OK;
}

esp_err_t weights_fit(const weights_shape_t *shape, weights_why_t *why)
{
    return ESP_OK;
}

#if CONFIG_TEMPORAL_CALL_SITES

void temporal_task_use_weights(const uint8_t *blob, size_t len)
{
}

esp_err_t temporal_task_start(uint32_t input_dim, uint32_t window_len, uint32_t n_classes)
{
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t temporal_task_push_frame(const float *frame, size_t frame_len)
{
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t temporal_task_forget(void)
{
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t temporal_task_stop(void)
{
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t temporal_task_self_test(void)
{
    return ESP_ERR_NOT_SUPPORTED;
}

bool temporal_task_running(void)
{
    return false;
}

void temporal_task_run_due(void)
{
}

uint64_t temporal_task_next(uint64_t at_latest)
{
    return at_latest;
}

esp_err_t temporal_task_hold(bool on)
{
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t temporal_task_classify(float *logits, uint32_t *n_classes, uint32_t *n_frames,
                                 uint64_t *cycles)
{
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t temporal_task_pace(char *reason, size_t size)
{
    return ESP_OK;
}

void temporal_task_log_health(void)
{
}

void temporal_task_stats(temporal_stats_t *out)
{
    memset(out, 0, sizeof *out);
}

bool temporal_task_reset_stream(uint32_t input_dim, uint32_t window_len, uint32_t n_classes)
{
    return false;
}

void temporal_task_reset_counters(void)
{
}

#endif
#endif
