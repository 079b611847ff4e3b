// hello, layout, status, restore, advance, reset, panic, hang, self_test, boot_report.
#include <inttypes.h>
#include <string.h>

#include "adaptive_controller.h"
#include "agent.h"
#include "node.h"
#include "node_log.h"
#include "packet_sink.h"
#include "temporal_task.h"

static uint8_t kind; // of the panic or hang that follows the reply

static esp_err_t hello(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_hello_req_t asked;
    memcpy(&asked, request, len);
    if (asked.protocol != HIL_PROTOCOL_VERSION) {
        return agent_fail(reply, ESP_ERR_INVALID_VERSION, "the node speaks protocol %u",
                          HIL_PROTOCOL_VERSION);
    }
    hil_hello_t answer = {
        .protocol = HIL_PROTOCOL_VERSION,
        .boot_nonce = node_port->boot_nonce,
        .max_line = HIL_MAX_LINE,
        .max_payload = HIL_MAX_PAYLOAD,
        .rx_buffer = (uint16_t)(node_port->uart_rx_bytes < UINT16_MAX ? node_port->uart_rx_bytes
                                                                      : UINT16_MAX),
        .reply_cache = HIL_REPLY_CACHE,
        .clock_mode = (uint8_t)node_clock_mode(),
        .arena_bytes = node_port->arena_bytes,
        .last_id = agent_last_id(),
    };
    strncpy(answer.target, node_port->target, sizeof answer.target - 1u);
    strncpy(answer.version, node_port->version, sizeof answer.version - 1u);
    for (size_t i = 0; i < sizeof answer.elf_sha256; i++) {
        answer.elf_sha256[i] = node_port->elf_sha256[i];
    }
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t layout(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_layout_req_t asked;
    memcpy(&asked, request, len);
    return agent_layout_reply(asked.index, reply);
}

static void fill_temporal(hil_status_t *status)
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

static void fill_head(hil_status_t *status)
{
    const node_head_t *head = node_head();
    if (temporal_task_running()) {
        char reason[TEMPORAL_REASON];
        const esp_err_t err = temporal_task_pace(reason, sizeof reason);
        status->head_state = err ? HIL_HEAD_FAILED : HIL_HEAD_ON;
        status->head_error = (uint32_t)err;
    } else if (head->state == HEAD_ON) { // it was stopped since
        status->head_state = HIL_HEAD_OFF;
        status->head_error = ESP_ERR_INVALID_STATE;
    } else {
        status->head_state = (uint8_t)head->state;
        status->head_error = (uint32_t)head->error;
    }
}

static void fill_agent(hil_status_t *status)
{
    status->rx_bytes = agent_counters.rx_bytes;
    status->rx_overruns = node_port->uart_overruns();
    status->lines_ok = agent_counters.lines_ok;
    status->lines_garbage = agent_counters.lines_garbage;
    status->lines_overlong = agent_counters.lines_overlong;
    status->lines_bad_crc = agent_counters.lines_bad_crc;
    status->unknown_commands = agent_counters.unknown_commands;
    status->replays = agent_counters.replays;
    status->stale_ids = agent_counters.stale_ids;
}

static esp_err_t status(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    const node_heap_t heap = node_port->heap();
    hil_status_t answer = {
        .now_us = node_clock_now_us(),
        .clock_mode = (uint8_t)node_clock_mode(),
        .controller_state = (uint8_t)controller_state(),
        .cycle_unit = (uint8_t)node_port->cycle_unit,
        .heap_free = heap.free,
        .heap_min_free = heap.min_free,
        .stack_free_main = node_port->stack_free(NODE_STACK_MAIN),
        .stack_free_temporal = node_port->stack_free(NODE_STACK_TEMPORAL),
        .feature_seq = controller_feature_seq(),
        .packets_sent = packet_sink_sent(),
        .packets_failed = packet_sink_failed(),
        .packets_network = packet_sink_network(),
        .log_lines = node_log_lines(),
    };
    fill_temporal(&answer);
    fill_head(&answer);
    fill_agent(&answer);
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t restore(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_restore_req_t asked;
    memcpy(&asked, request, len);
    if (asked.clock_mode > NODE_CLOCK_STEPPED) {
        return agent_fail(reply, ESP_ERR_INVALID_ARG, "clock_mode %u: 0 real, 1 stepped",
                          asked.clock_mode);
    }
    agent_stream_close();
    agent_profile_off();
    agent_head_close();
    agent_edge_close();
    agent_arena_clear();
    node_restore((node_clock_mode_t)asked.clock_mode);
    if (node_port->net_target_port) {
        node_port->net_target_port(asked.target_port);
    }
    memset(&agent_counters, 0, sizeof agent_counters);
    return ESP_OK;
}

static esp_err_t moved(esp_err_t err, agent_reply_t *reply)
{
    if (err == ESP_ERR_INVALID_STATE) {
        return agent_fail(reply, err, "the clock is real");
    }
    if (err) {
        return agent_fail(reply, err, "more than %" PRIu64 " us at once", NODE_MAX_ADVANCE_US);
    }
    const hil_time_t answer = {node_clock_now_us()};
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

esp_err_t agent_approach(uint64_t us, agent_reply_t *reply)
{
    return moved(node_approach(us), reply);
}

static esp_err_t advance(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_advance_req_t asked;
    memcpy(&asked, request, len);
    return moved(node_advance(asked.us), reply);
}

static void restart_now(void)
{
    node_port->restart();
}

static void panic_now(void)
{
    node_port->panic((node_panic_t)kind);
}

static void hang_now(void)
{
    node_port->hang(kind == 1);
}

static esp_err_t reset(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    reply->after = restart_now;
    return ESP_OK;
}

static esp_err_t take_kind(const uint8_t *request, uint8_t max, void (*after)(void),
                           agent_reply_t *reply)
{
    kind = request[0];
    if (kind > max) {
        return agent_fail(reply, ESP_ERR_INVALID_ARG, "kind %u: at most %u", kind, max);
    }
    reply->after = after;
    return ESP_OK;
}

static esp_err_t panic(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)len;
    return take_kind(request, NODE_PANIC_ILLEGAL, panic_now, reply);
}

static esp_err_t hang(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)len;
    return take_kind(request, 1, hang_now, reply);
}

static esp_err_t self_test(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    (void)reply;
    return temporal_task_self_test();
}

static esp_err_t boot_report(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    hil_boot_report_t report;
    agent_boot_report(&report);
    agent_answer(reply, &report, sizeof report);
    return ESP_OK;
}

static const agent_command_t commands[] = {
    {"hello", sizeof(hil_hello_req_t), false, hello},
    {"layout", sizeof(hil_layout_req_t), false, layout},
    {"status", 0, false, status},
    {"restore", sizeof(hil_restore_req_t), false, restore},
    {"advance", sizeof(hil_advance_req_t), false, advance},
    {"reset", 0, false, reset},
    {"panic", sizeof(hil_kind_req_t), false, panic},
    {"hang", sizeof(hil_kind_req_t), false, hang},
    {"self_test", 0, false, self_test},
    {"boot_report", 0, false, boot_report},
};

const agent_command_group_t agent_session_commands = {commands,
                                                      sizeof commands / sizeof commands[0]};
