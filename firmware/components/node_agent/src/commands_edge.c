// The edge features on frames of a test, in a context that lies in the scratch memory.
#include <string.h>

#include "edge_features.h"
#include "machine_port.h"
#include "node_agent_parts.h"

#define CONTEXT_ALIGN 16u
#define PUSH_MS       60000u

static edge_t *edge; // NULL: none open

void agent_edge_close(void)
{
    edge = NULL;
}

static esp_err_t none_open(agent_io_t *io)
{
    return agent_fail(io, ESP_ERR_INVALID_STATE, "no edge context is open");
}

static esp_err_t open(agent_io_t *io)
{
    const hil_edge_open_req_t *asked = io->in;
    agent_edge_close();
    edge_t *memory = agent_arena(asked->memory_offset, sizeof(edge_t), CONTEXT_ALIGN);
    if (!memory) {
        return agent_fail(io, ESP_ERR_INVALID_SIZE, "the context takes %u bytes, %u are left",
                          (unsigned)sizeof(edge_t),
                          (unsigned)agent_arena_left(asked->memory_offset));
    }
    const edge_config_t config = {.calibration_ms = asked->calibration_ms,
                                  .tier = asked->tier,
                                  .spectrum_every = asked->spectrum_every};
    const esp_err_t err = edge_init(memory, &config);
    if (err) {
        return err;
    }
    edge = memory;
    const hil_edge_open_t answer = {sizeof(edge_t)};
    return agent_answer(io, &answer, sizeof answer);
}

// Pushes the frame at *offset, and moves the offset behind it. A frame with fewer samples than its
// shape needs is a mistake of the test, unless the shape is refused anyway.
static esp_err_t push_one(uint32_t *offset, hil_edge_result_t *result, agent_io_t *io)
{
    const hil_edge_frame_t *header = agent_arena(*offset, sizeof *header, 1);
    if (!header) {
        return agent_outside(io, "frame");
    }
    const uint32_t n_pairs = (uint32_t)header->n_antennas * header->n_subcarriers;
    const int8_t *iq = agent_arena(*offset + (uint32_t)sizeof *header, header->iq_len, 1);
    if (!iq || (n_pairs <= CSI_MAX_PAIRS && header->iq_len != 2u * n_pairs)) {
        return agent_fail(io, ESP_ERR_INVALID_SIZE, "iq_len %u: %u pairs take %u bytes",
                          (unsigned)header->iq_len, (unsigned)n_pairs, (unsigned)(2u * n_pairs));
    }
    csi_frame_t frame = {.ts_us = header->ts_us,
                         .channel = header->channel,
                         .n_antennas = header->n_antennas,
                         .n_subcarriers = header->n_subcarriers,
                         .layout = header->csi_layout,
                         .rssi = header->rssi,
                         .noise_floor = header->noise_floor,
                         .iq = iq};
    memcpy(frame.mac, header->mac, sizeof frame.mac);
    const uint64_t before = machine_port->cycles();
    result->error = (uint32_t)edge_push(edge, &frame);
    result->cycles = machine_port->cycles() - before;
    agent_edge_features(edge_features(edge), &result->features);
    *offset += (uint32_t)sizeof *header + header->iq_len;
    return ESP_OK;
}

static esp_err_t push(agent_io_t *io)
{
    const hil_edge_push_req_t *asked = io->in;
    if (!edge) {
        return none_open(io);
    }
    hil_edge_result_t *results =
        agent_arena(asked->out_offset, (uint64_t)asked->n_frames * sizeof *results, 1);
    if (!results) {
        return agent_outside(io, "out");
    }
    uint32_t offset = asked->frames_offset;
    machine_port->watchdog(PUSH_MS);
    esp_err_t err = ESP_OK;
    for (uint32_t i = 0; i < asked->n_frames && !err; i++) {
        err = push_one(&offset, &results[i], io);
    }
    machine_port->watchdog(MACHINE_WATCHDOG_MS);
    return err;
}

static esp_err_t recalibrate(agent_io_t *io)
{
    if (!edge) {
        return none_open(io);
    }
    edge_recalibrate(edge);
    return ESP_OK;
}

static esp_err_t last_bin(agent_io_t *io)
{
    if (!edge) {
        return none_open(io);
    }
    const edge_bin_t *bin = &edge->front.bin;
    static hil_edge_bin_t answer; // too large for the stack
    _Static_assert(sizeof answer.n == sizeof bin->n && sizeof answer.ratio == sizeof bin->ratio,
                   "hil_edge_bin_t has room for a bin");
    answer.mask = bin->mask;
    answer.held = bin->held;
    memcpy(answer.n, bin->n, sizeof answer.n);
    memcpy(answer.ratio, bin->ratio, sizeof answer.ratio);
    return agent_answer(io, &answer, sizeof answer);
}

static esp_err_t silent(agent_io_t *io)
{
    if (!edge) {
        return none_open(io);
    }
    edge_silent(edge);
    hil_edge_features_t answer;
    agent_edge_features(edge_features(edge), &answer);
    return agent_answer(io, &answer, sizeof answer);
}

const agent_command_t node_edge_commands[] = {
    {"edge_open", sizeof(hil_edge_open_req_t), false, open},
    {"edge_push", sizeof(hil_edge_push_req_t), false, push},
    {"edge_recalibrate", 0, false, recalibrate},
    {"edge_bin", 0, false, last_bin},
    {"edge_silent", 0, false, silent},
    {0},
};
