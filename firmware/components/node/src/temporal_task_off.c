// The temporal task where the head is not built: callers need no #ifdef.
#include "node_config.h"

#if !CONFIG_CSI_TEMPORAL_HEAD_ENABLED && CONFIG_TEMPORAL_CALL_SITES

#include <string.h>

#include "temporal_task.h"

void temporal_task_use_weights(const uint8_t *blob, size_t len)
{
    (void)blob;
    (void)len;
}

esp_err_t temporal_task_start(uint32_t input_dim, uint32_t window_len, uint32_t n_classes)
{
    (void)input_dim;
    (void)window_len;
    (void)n_classes;
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t temporal_task_push_frame(const float *frame, size_t frame_len)
{
    (void)frame;
    (void)frame_len;
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
    (void)on;
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t temporal_task_classify(float *logits, uint32_t *n_classes, uint32_t *n_frames,
                                 uint64_t *cycles)
{
    (void)logits;
    (void)n_classes;
    (void)n_frames;
    (void)cycles;
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t temporal_task_pace(char *reason, size_t size)
{
    (void)reason;
    (void)size;
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
    (void)input_dim;
    (void)window_len;
    (void)n_classes;
    return false;
}

void temporal_task_reset_counters(void)
{
}

#endif
