// What the node adds to the agent's status and boot report.
#include <string.h>

#include "adaptive_controller.h"
#include "machine_port.h"
#include "node.h"
#include "node_agent_parts.h"
#include "node_config.h"
#include "node_settings.h"
#include "packet_sink.h"
#include "temporal_task.h"

_Static_assert(sizeof(hil_status_t) + sizeof(hil_node_status_t) <= HIL_MAX_PAYLOAD, "status");
_Static_assert(sizeof(hil_boot_report_t) + sizeof(hil_node_boot_t) <= HIL_MAX_PAYLOAD, "boot");

static void fill_temporal(hil_node_status_t *status)
{
    temporal_stats_t task;
    temporal_task_stats(&task);
    status->queue_depth = (uint16_t)task.queue_depth;
    status->queue_capacity = TEMPORAL_QUEUE_DEPTH;
    status->queue_drops = task.queue_drops;
    status->drop_log_lines = task.drop_log_lines;
    status->frames_pushed = task.frames_pushed;
    status->frames_short = task.frames_short;
    status->frames_refused = task.frames_refused;
    status->classify_count = task.classify_count;
    status->classify_errors = task.classify_errors;
    status->temporal_seq = task.seq;
    status->push_cycles = task.push_cycles;
    status->classify_cycles = task.classify_cycles;
    status->classify_cycles_max = task.classify_cycles_max;
    status->classify_gap_ms = task.classify_gap_ms;
}

static void fill_head(hil_node_status_t *status)
{
    const node_head_t *head = node_head();
    if (temporal_task_running()) {
        char reason[TEMPORAL_REASON];
        const esp_err_t err = temporal_task_pace(reason, sizeof reason);
        status->head_state = err ? HEAD_FAILED : HEAD_ON;
        status->head_error = (uint32_t)err;
    } else if (head->state == HEAD_ON) { // it was stopped after the boot
        status->head_state = HEAD_OFF;
        status->head_error = ESP_ERR_INVALID_STATE;
    } else {
        status->head_state = (uint8_t)head->state;
        status->head_error = (uint32_t)head->error;
    }
}

void node_agent_status(void *out)
{
    hil_node_status_t *const status = out;
    const node_worker_t *worker = node_port->worker;
    status->controller_state = (uint8_t)controller_state();
    status->stack_free_temporal = worker ? worker->stack_free() : machine_port->stack_free();
    status->feature_seq = controller_feature_seq();
    status->packets_sent = packet_sink_sent();
    status->packets_failed = packet_sink_failed();
    status->packets_network = packet_sink_network();
    fill_temporal(status);
    fill_head(status);
}

static void fill_weights(const node_head_t *head, hil_node_boot_t *out)
{
    out->weights_source = (uint8_t)head->weights.source;
    out->weights_crc = head->weights.crc;
    out->weights_len = head->weights.len;
    out->weights_generation = head->weights.generation;
    for (size_t slot = 0; slot < WEIGHTS_SLOTS; slot++) {
        out->slot_error[slot] = (uint32_t)head->weights.slot_error[slot];
    }
}

// A head that runs may have found out since the boot that it is too slow.
static void fill_pace(hil_node_boot_t *out)
{
    const esp_err_t err = temporal_task_pace(out->head_reason, sizeof out->head_reason);
    if (err) {
        out->head_state = HEAD_FAILED;
        out->head_error = (uint32_t)err;
    }
}

void node_agent_boot_report(void *out)
{
    hil_node_boot_t *const report = out;
    const node_head_t *head = node_head();
    report->head_state = (uint8_t)head->state;
    report->head_error = (uint32_t)head->error;
    report->self_test_error = (uint32_t)head->self_test_error;
    report->input_dim = CONFIG_TEMPORAL_INPUT_DIM;
    report->window_len = CONFIG_TEMPORAL_WINDOW_LEN;
    report->n_classes = head->shape.n_classes ? head->shape.n_classes : CONFIG_TEMPORAL_N_CLASSES;
    report->classify_period_ms = CONFIG_TEMPORAL_CLASSIFY_PERIOD_MS;
    report->temporal_feed = node_settings()->temporal_feed;
    report->max_classes = TEMPORAL_MAX_CLASSES;
    report->settings_lost = (uint8_t)node_port->settings_lost;
    memcpy(report->head_reason, head->reason, sizeof report->head_reason);
    fill_pace(report);
    fill_weights(head, report);
}
