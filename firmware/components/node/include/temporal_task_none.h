// What is left of the temporal task's interface where nobody calls it: nothing. Only to measure
// what the calls cost; see CONFIG_TEMPORAL_CALL_SITES.
#pragma once

static inline esp_err_t temporal_task_push_frame(const float *frame, size_t frame_len)
{
    (void)frame;
    (void)frame_len;
    return ESP_OK;
}

static inline esp_err_t temporal_task_forget(void)
{
    return ESP_OK;
}

static inline void temporal_task_run_due(void)
{
}

static inline uint64_t temporal_task_next(uint64_t at_latest)
{
    return at_latest;
}

static inline void temporal_task_log_health(void)
{
}

static inline void temporal_task_reset_counters(void)
{
}
