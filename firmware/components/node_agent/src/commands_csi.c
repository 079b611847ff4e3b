// Capture: where frames of channel state come from, and which of them are taken.
#include <string.h>

#include "csi_collector.h"
#include "csi_hop.h"
#include "machine_clock.h"
#include "mock_csi.h"
#include "node_agent_parts.h"
#include "sensing.h"
#include "stream_sender.h"

#define MAX_HZ (1000000u / CSI_GATE_PERIOD_US) // the highest rate that the gate lets through

static esp_err_t mock_scenario(agent_io_t *io)
{
    const hil_mock_req_t *asked = io->in;
    if (asked->scenario == HIL_MOCK_OFF) {
        sensing_stop_playing();
        return ESP_OK;
    }
    if (asked->scenario >= MOCK_SCENARIOS) {
        return agent_fail(io, ESP_ERR_INVALID_ARG, "scenario %u: at most %u, or %u for none",
                          asked->scenario, MOCK_SCENARIOS - 1u, HIL_MOCK_OFF);
    }
    const esp_err_t err = sensing_play((mock_scenario_t)asked->scenario, asked->seed);
    return err ? agent_fail(io, err, "frames come from the radio, except on a stepped clock")
               : ESP_OK;
}

static esp_err_t csi_status(agent_io_t *io)
{
    csi_counters_t seen;
    csi_collector_counters(&seen);
    const hil_csi_status_t answer = {
        .received = seen.received,
        .accepted = seen.accepted,
        .zero_length = seen.zero_length,
        .oversized = seen.oversized,
        .filtered = seen.filtered,
        .gated = seen.gated,
        .dropped = seen.dropped,
        .hops = csi_hop_count(),
        .raw_seq = stream_sender_counts()->raw,
        .ring_depth = (uint16_t)csi_collector_depth(),
        .ring_capacity = CSI_RING_FRAMES,
        .source = (uint8_t)sensing_source(),
        .scenario = mock_csi_is_active() ? (uint8_t)mock_csi_scenario() : HIL_MOCK_OFF,
        .channel = csi_hop_channel(),
        .rssi = seen.rssi,
        .rssi_min = seen.rssi_min,
        .rssi_max = seen.rssi_max,
        .noise_floor = seen.noise_floor,
    };
    return agent_answer(io, &answer, sizeof answer);
}

static esp_err_t csi_filter(agent_io_t *io)
{
    const hil_csi_filter_req_t *asked = io->in;
    csi_collector_filter(asked->on ? asked->mac : NULL);
    return ESP_OK;
}

static esp_err_t csi_hop(agent_io_t *io)
{
    const hil_csi_hop_req_t *asked = io->in;
    const esp_err_t err = csi_hop_start(io->tail, (uint32_t)io->tail_len, asked->dwell_ms);
    return err ? agent_fail(io, err, "csi_hop takes at most %u channels that exist, and a dwell",
                            CSI_MAX_HOPS)
               : ESP_OK;
}

static esp_err_t csi_frame(agent_io_t *io)
{
    const hil_csi_frame_req_t *asked = io->in;
    const uint32_t pairs = (uint32_t)asked->n_antennas * asked->n_subcarriers;
    if (pairs <= CSI_MAX_PAIRS && 2u * pairs != io->tail_len) {
        return agent_fail(io, ESP_ERR_INVALID_SIZE, "%u pairs, but %u bytes", (unsigned)pairs,
                          (unsigned)io->tail_len);
    }
    if (asked->after_us > 0) {
        const esp_err_t err = agent_approach(asked->after_us, io);
        if (err) {
            return err;
        }
    }
    csi_frame_t frame = {
        .ts_us = machine_clock_now_us(),
        .channel = asked->channel,
        .n_antennas = asked->n_antennas,
        .n_subcarriers = asked->n_subcarriers,
        .layout = asked->csi_layout,
        .rssi = asked->rssi,
        .noise_floor = asked->noise_floor,
        .iq = (const int8_t *)io->tail,
    };
    memcpy(frame.mac, asked->mac, sizeof frame.mac);
    sensing_inject_frame(&frame);
    const hil_time_t answer = {frame.ts_us};
    return agent_answer(io, &answer, sizeof answer);
}

static esp_err_t csi_feed(agent_io_t *io)
{
    const hil_csi_feed_req_t *asked = io->in;
    if (!(asked->rate_hz >= 0.0f && asked->rate_hz <= (float)MAX_HZ)) {
        return agent_fail(io, ESP_ERR_INVALID_ARG, "rate_hz: 0 to %u", MAX_HZ);
    }
    const esp_err_t err = sensing_begin_injection();
    return err ? agent_fail(io, err, "frames come from the radio, except on a stepped clock")
               : ESP_OK;
}

const agent_command_t node_csi_commands[] = {
    {"mock_scenario", sizeof(hil_mock_req_t), false, mock_scenario},
    {"csi_status", 0, false, csi_status},
    {"csi_filter", sizeof(hil_csi_filter_req_t), false, csi_filter},
    {"csi_hop", sizeof(hil_csi_hop_req_t), true, csi_hop},
    {"csi_feed", sizeof(hil_csi_feed_req_t), false, csi_feed},
    {"csi_frame", sizeof(hil_csi_frame_req_t), true, csi_frame},
    {0},
};
