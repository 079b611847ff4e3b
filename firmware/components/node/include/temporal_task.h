// The temporal task: it owns the node's only temporal head, which a queue feeds, and classifies
// once every period.
//
// With CSI_TEMPORAL_HEAD_ENABLED off the same functions exist and return ESP_ERR_NOT_SUPPORTED.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "node_config.h"

#define TEMPORAL_QUEUE_DEPTH 32u
#define TEMPORAL_MAX_CLASSES 16u
#define TEMPORAL_REASON      64u // bytes of a sentence on the pace

// Floats that one queue item holds.
#if CONFIG_TEMPORAL_INPUT_DIM > 64
#define TEMPORAL_MAX_INPUT_DIM ((uint32_t)CONFIG_TEMPORAL_INPUT_DIM)
#else
#define TEMPORAL_MAX_INPUT_DIM 64u
#endif

typedef struct {
    uint32_t queue_depth;
    uint32_t queue_drops;
    uint32_t drop_log_lines;
    uint32_t frames_pushed;
    uint32_t frames_short;
    uint32_t frames_refused;
    uint32_t classify_count;
    uint32_t classify_errors;
    uint32_t seq;             // of the last packet, 0: none yet
    uint32_t classify_gap_ms; // from one classify to the next, 0: none is made
    uint64_t push_cycles;
    uint64_t classify_cycles;
    uint64_t classify_cycles_max;
} temporal_stats_t;

// Which weights the next start uses; they stay where they are while the task runs. NULL: none.
void temporal_task_use_weights(const uint8_t *blob /*[len]*/, size_t len);

//   ESP_ERR_INVALID_STATE  already running, or the self-test failed (which disables the head)
//   ESP_ERR_INVALID_ARG    an input_dim that a queue item cannot hold, more than 16 classes, or
//                          not the shape of the weights
//   ESP_ERR_NOT_FOUND      no weights
//   else what the blob parser or the head's init says
esp_err_t temporal_task_start(uint32_t input_dim, uint32_t window_len, uint32_t n_classes);

// Never blocks. A short frame is padded with zeros.
//   ESP_ERR_NOT_FOUND     not running
//   ESP_ERR_INVALID_SIZE  longer than input_dim
//   ESP_ERR_TIMEOUT       queue full; counted, and logged at most once a second
esp_err_t temporal_task_push_frame(const float *frame /*[frame_len]*/, size_t frame_len);

// Takes back every frame, so that nothing is classified until another one comes.
//   ESP_ERR_NOT_FOUND  not running
esp_err_t temporal_task_forget(void);

// ESP_ERR_NOT_FOUND: not running.
esp_err_t temporal_task_stop(void);

// As a stop and a start with the same weights and this shape, without making the head again: no
// frame, sequence and cadence from the beginning. False, and nothing done, when another or none
// runs.
bool temporal_task_reset_stream(uint32_t input_dim, uint32_t window_len, uint32_t n_classes);

// Runs the known-answer test again. A failure disables the head until the next boot.
esp_err_t temporal_task_self_test(void);

bool temporal_task_running(void);

// For the main loop: does what is due, where the port has no thread or the clock is stepped.
void temporal_task_run_due(void);
// Node time of the next thing to do, at_latest when it is not earlier; 0 when the queue holds
// frames.
uint64_t temporal_task_next(uint64_t at_latest);

// For tests. hold: the queue is not drained. classify: now, over the frames in the ring, after the
// queue is drained (unless held). reset_counters also forgets what the last calls cost.
esp_err_t temporal_task_hold(bool on);
esp_err_t temporal_task_classify(float *logits /*[TEMPORAL_MAX_CLASSES]*/, uint32_t *n_classes,
                                 uint32_t *n_frames, uint64_t *cycles);

// Why classifies are made less often than once a period, where they are; else reason stays as it
// is.
//   ESP_ERR_TIMEOUT  one takes so long that none is made any more
esp_err_t temporal_task_pace(char *reason /*[size]*/, size_t size);

// One line on the log: what was classified and dropped.
void temporal_task_log_health(void);

void temporal_task_stats(temporal_stats_t *out);
void temporal_task_reset_counters(void);

#if !CONFIG_TEMPORAL_CALL_SITES
// Nobody calls the task: only to measure what the calls cost.
#define temporal_task_push_frame(frame, frame_len) ((void)(frame), ESP_OK)
#define temporal_task_forget()                     ESP_OK
#define temporal_task_run_due()                    ((void)0)
#define temporal_task_next(at_latest)              (at_latest)
#define temporal_task_log_health()                 ((void)0)
#define temporal_task_reset_counters()             ((void)0)
#endif
