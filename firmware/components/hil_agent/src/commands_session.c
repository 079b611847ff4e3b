// hello, layout, status, restore, advance, reset, panic, hang, boot_report.
#include <inttypes.h>
#include <string.h>

#include "agent.h"
#include "machine_clock.h"
#include "machine_log.h"
#include "machine_port.h"
#include "main_loop.h"

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
        .boot_nonce = machine_port->boot_nonce,
        .max_line = HIL_MAX_LINE,
        .max_payload = HIL_MAX_PAYLOAD,
        .rx_buffer =
            (uint16_t)(machine_port->uart_rx_bytes < UINT16_MAX ? machine_port->uart_rx_bytes
                                                                : UINT16_MAX),
        .reply_cache = HIL_REPLY_CACHE,
        .clock_mode = (uint8_t)machine_clock_mode(),
        .arena_bytes = machine_port->arena_bytes,
        .last_id = agent_state.last_id,
    };
    strncpy(answer.target, machine_port->target, sizeof answer.target - 1u);
    strncpy(answer.version, machine_port->version, sizeof answer.version - 1u);
    for (size_t i = 0; i < sizeof answer.elf_sha256; i++) {
        answer.elf_sha256[i] = machine_port->elf_sha256[i];
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

static void fill_agent(hil_status_t *status)
{
    status->rx_bytes = agent_state.counters.rx_bytes;
    status->rx_overruns = machine_port->uart_overruns();
    status->lines_ok = agent_state.counters.lines_ok;
    status->lines_garbage = agent_state.counters.lines_garbage;
    status->lines_overlong = agent_state.counters.lines_overlong;
    status->lines_bad_crc = agent_state.counters.lines_bad_crc;
    status->unknown_commands = agent_state.counters.unknown_commands;
    status->replays = agent_state.counters.replays;
    status->stale_ids = agent_state.counters.stale_ids;
}

static esp_err_t status(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    const machine_heap_t heap = machine_port->heap();
    hil_status_t answer = {
        .now_us = machine_clock_now_us(),
        .clock_mode = (uint8_t)machine_clock_mode(),
        .cycle_unit = (uint8_t)machine_port->cycle_unit,
        .heap_free = heap.free,
        .heap_min_free = heap.min_free,
        .stack_free_main = machine_port->stack_free(),
        .log_lines = machine_log_lines(),
    };
    fill_agent(&answer);
    agent_answer(reply, &answer, sizeof answer);
    return agent_add(reply, &agent_state.firmware->status);
}

static esp_err_t restore(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    const agent_firmware_t *firmware = agent_state.firmware;
    hil_restore_req_t asked;
    memcpy(&asked, request, sizeof asked);
    if (len != sizeof asked + firmware->restore_len) {
        return agent_fail(reply, ESP_ERR_INVALID_SIZE, "restore takes %u bytes, got %u",
                          (unsigned)(sizeof asked + firmware->restore_len), (unsigned)len);
    }
    if (asked.clock_mode > MACHINE_CLOCK_STEPPED) {
        return agent_fail(reply, ESP_ERR_INVALID_ARG, "clock_mode %u: 0 real, 1 stepped",
                          asked.clock_mode);
    }
    machine_clock_set_mode((machine_clock_mode_t)asked.clock_mode);
    if (firmware->restore) {
        firmware->restore(request + sizeof asked);
    }
    agent_arena_clear(); // after the firmware has closed what lies in it
    memset(&agent_state.counters, 0, sizeof agent_state.counters);
    return ESP_OK;
}

static esp_err_t moved(esp_err_t err, agent_reply_t *reply)
{
    if (err == ESP_ERR_INVALID_STATE) {
        return agent_fail(reply, err, "the clock is real");
    }
    if (err) {
        return agent_fail(reply, err, "more than %" PRIu64 " us at once", MAIN_LOOP_MAX_ADVANCE_US);
    }
    const hil_time_t answer = {machine_clock_now_us()};
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

esp_err_t agent_approach(uint64_t us, agent_reply_t *reply)
{
    return moved(main_loop_approach(us), reply);
}

static esp_err_t advance(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_advance_req_t asked;
    memcpy(&asked, request, len);
    return moved(main_loop_advance(asked.us), reply);
}

static void restart_now(void)
{
    machine_port->restart();
}

static void panic_now(void)
{
    machine_port->panic((machine_panic_t)kind);
}

static void hang_now(void)
{
    machine_port->hang(kind == 1);
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
    return take_kind(request, MACHINE_PANIC_ILLEGAL, panic_now, reply);
}

static esp_err_t hang(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)len;
    return take_kind(request, 1, hang_now, reply);
}

static esp_err_t boot_report(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    return agent_boot_report(reply);
}

static const agent_command_t commands[] = {
    {"hello", sizeof(hil_hello_req_t), false, hello},
    {"layout", sizeof(hil_layout_req_t), false, layout},
    {"status", 0, false, status},
    {"restore", sizeof(hil_restore_req_t), true, restore},
    {"advance", sizeof(hil_advance_req_t), false, advance},
    {"reset", 0, false, reset},
    {"panic", sizeof(hil_kind_req_t), false, panic},
    {"hang", sizeof(hil_kind_req_t), false, hang},
    {"boot_report", 0, false, boot_report},
};

const agent_command_group_t agent_session_commands = {commands,
                                                      sizeof commands / sizeof commands[0]};
