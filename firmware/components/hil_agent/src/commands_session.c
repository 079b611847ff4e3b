// The commands that every firmware has: who it is, its state, its clock, and the end of this boot.
#include <inttypes.h>
#include <string.h>

#include "agent.h"
#include "machine_clock.h"
#include "machine_log.h"
#include "machine_port.h"
#include "main_loop.h"

// Byte by byte, because memcpy does not take volatile memory.
static void copy_elf_sha256(uint8_t *to /*[MACHINE_SHA256_BYTES]*/)
{
    for (size_t i = 0; i < MACHINE_SHA256_BYTES; i++) {
        to[i] = machine_port->elf_sha256[i];
    }
}

static esp_err_t hello(agent_io_t *io)
{
    const hil_hello_req_t *asked = io->in;
    if (asked->protocol != HIL_PROTOCOL_VERSION) {
        return agent_fail(io, ESP_ERR_INVALID_VERSION, "the node speaks protocol %u",
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
    copy_elf_sha256(answer.elf_sha256);
    return agent_answer(io, &answer, sizeof answer);
}

static void fill_partitions(hil_boot_report_t *out)
{
    out->n_partitions = machine_port->n_partitions;
    for (size_t i = 0; i < machine_port->n_partitions && i < HIL_MAX_PARTITIONS; i++) {
        const machine_partition_t *partition = &machine_port->partitions[i];
        memcpy(out->partitions[i].name, partition->name, sizeof out->partitions[i].name);
        out->partitions[i].offset = partition->offset;
        out->partitions[i].size = partition->size;
    }
}

esp_err_t agent_boot_report(agent_io_t *io)
{
    hil_boot_report_t report = {
        .protocol = HIL_PROTOCOL_VERSION,
        .boot_nonce = machine_port->boot_nonce,
        .reset_reason = (uint8_t)machine_port->reset_reason,
        .clock_mode = (uint8_t)machine_clock_mode(),
        .flash_bytes = machine_port->flash_bytes,
        .heap_bytes = machine_port->heap().total,
    };
    copy_elf_sha256(report.elf_sha256);
    strncpy(report.target, machine_port->target, sizeof report.target - 1u);
    strncpy(report.chip, machine_port->chip, sizeof report.chip - 1u);
    strncpy(report.version, machine_port->version, sizeof report.version - 1u);
    strncpy(report.idf_version, machine_port->idf_version, sizeof report.idf_version - 1u);
    fill_partitions(&report);
    (void)agent_answer(io, &report, sizeof report);
    return agent_add(io, &agent_state.firmware->boot_report);
}

static esp_err_t status(agent_io_t *io)
{
    const machine_heap_t heap = machine_port->heap();
    const agent_counters_t *counters = &agent_state.counters;
    const hil_status_t answer = {
        .now_us = machine_clock_now_us(),
        .clock_mode = (uint8_t)machine_clock_mode(),
        .cycle_unit = (uint8_t)machine_port->cycle_unit,
        .heap_free = heap.free,
        .heap_min_free = heap.min_free,
        .stack_free_main = machine_port->stack_free(),
        .log_lines = machine_log_lines(),
        .rx_bytes = counters->rx_bytes,
        .rx_overruns = machine_port->uart_overruns(),
        .lines_ok = counters->lines_ok,
        .lines_garbage = counters->lines_garbage,
        .lines_overlong = counters->lines_overlong,
        .lines_bad_crc = counters->lines_bad_crc,
        .unknown_commands = counters->unknown_commands,
        .replays = counters->replays,
        .stale_ids = counters->stale_ids,
    };
    (void)agent_answer(io, &answer, sizeof answer);
    return agent_add(io, &agent_state.firmware->status);
}

static esp_err_t restore(agent_io_t *io)
{
    const agent_firmware_t *firmware = agent_state.firmware;
    const hil_restore_req_t *asked = io->in;
    if (io->tail_len != firmware->restore_len) {
        return agent_fail(io, ESP_ERR_INVALID_SIZE, "restore takes %u bytes, got %u",
                          (unsigned)(sizeof *asked + firmware->restore_len),
                          (unsigned)(sizeof *asked + io->tail_len));
    }
    if (asked->clock_mode > MACHINE_CLOCK_STEPPED) {
        return agent_fail(io, ESP_ERR_INVALID_ARG, "clock_mode %u: 0 real, 1 stepped",
                          asked->clock_mode);
    }
    machine_clock_set_mode((machine_clock_mode_t)asked->clock_mode);
    if (firmware->restore) {
        firmware->restore(io->tail);
    }
    agent_arena_clear(); // after the firmware has closed what lies in it
    memset(&agent_state.counters, 0, sizeof agent_state.counters);
    return ESP_OK;
}

static esp_err_t moved(esp_err_t err, agent_io_t *io)
{
    if (err == ESP_ERR_INVALID_STATE) {
        return agent_fail(io, err, "the clock is real");
    }
    if (err) {
        return agent_fail(io, err, "at most %" PRIu64 " us at once", MAIN_LOOP_MAX_ADVANCE_US);
    }
    const hil_time_t answer = {machine_clock_now_us()};
    return agent_answer(io, &answer, sizeof answer);
}

esp_err_t agent_approach(uint64_t us, agent_io_t *io)
{
    return moved(main_loop_approach(us), io);
}

static esp_err_t advance(agent_io_t *io)
{
    const hil_advance_req_t *asked = io->in;
    return moved(main_loop_advance(asked->us), io);
}

// ---- the end of this boot

static uint8_t kind; // of the panic or hang that follows the reply

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

static esp_err_t reset(agent_io_t *io)
{
    io->after = restart_now;
    return ESP_OK;
}

static esp_err_t end_by_kind(agent_io_t *io, uint8_t max, void (*after)(void))
{
    kind = ((const hil_kind_req_t *)io->in)->kind;
    if (kind > max) {
        return agent_fail(io, ESP_ERR_INVALID_ARG, "kind %u: at most %u", kind, max);
    }
    io->after = after;
    return ESP_OK;
}

static esp_err_t panic(agent_io_t *io)
{
    return end_by_kind(io, MACHINE_PANIC_ILLEGAL, panic_now);
}

static esp_err_t hang(agent_io_t *io)
{
    return end_by_kind(io, 1, hang_now);
}

const agent_command_t agent_session_commands[] = {
    {"hello", sizeof(hil_hello_req_t), false, hello},
    {"layout", sizeof(hil_layout_req_t), false, agent_layout},
    {"status", 0, false, status},
    {"restore", sizeof(hil_restore_req_t), true, restore},
    {"advance", sizeof(hil_advance_req_t), false, advance},
    {"reset", 0, false, reset},
    {"panic", sizeof(hil_kind_req_t), false, panic},
    {"hang", sizeof(hil_kind_req_t), false, hang},
    {"boot_report", 0, false, agent_boot_report},
    {0},
};
