// What the node makes of frames, and what it sends of it.
#include <string.h>

#include "csi_rate.h"
#include "machine_clock.h"
#include "mmwave.h"
#include "node_agent_parts.h"
#include "sensing.h"
#include "stream_sender.h"

void agent_edge_features(const edge_features_t *from, hil_edge_features_t *to)
{
#define COPY(type, name)               to->name = from->name;
#define COPY_ARRAY(type, name, length) memcpy(to->name, from->name, sizeof to->name);
    HIL_EDGE_FEATURES(COPY, COPY_ARRAY)
}

static esp_err_t sense_status(agent_io_t *io)
{
    const stream_counts_t *sent = stream_sender_counts();
    hil_sense_status_t answer = {
        .phase = (uint8_t)sensing_phase(),
        .state = (uint8_t)controller_state(),
        .pkt_yield = csi_rate_yield(machine_clock_now_us()),
        .sync_error_us = csi_rate_error_us(),
        .raw_seq = sent->raw,
        .compressed_count = sent->compressed,
        .vitals_count = sent->vitals,
        .fused_count = sent->fused,
        .vector_seq = sent->vector,
        .health_epoch = sent->health,
        .rate_hz = sensing_rate_hz(),
    };
    agent_edge_features(sensing_features(), &answer.features);
    return agent_answer(io, &answer, sizeof answer);
}

static esp_err_t recalibrate(agent_io_t *io)
{
    (void)io;
    sensing_recalibrate();
    return ESP_OK;
}

static esp_err_t stream_rates(agent_io_t *io)
{
    const hil_stream_rates_req_t *asked = io->in;
    const stream_rates_t rates = {asked->raw_every, asked->compressed_every, asked->vitals_ms,
                                  asked->vector_ms};
    stream_sender_set_rates(&rates);
    return ESP_OK;
}

static esp_err_t mmwave(agent_io_t *io)
{
    const hil_mmwave_req_t *asked = io->in;
    const mmwave_reading_t reading = {
        .type = asked->type,
        .heart_bpm = asked->heart_bpm,
        .breathing_bpm = asked->breathing_bpm,
        .distance_cm = asked->distance_cm,
        .targets = asked->targets,
        .confidence = asked->confidence,
    };
    mmwave_report(&reading, machine_clock_now_us());
    return ESP_OK;
}

const agent_command_t node_sense_commands[] = {
    {"sense_status", 0, false, sense_status},
    {"recalibrate", 0, false, recalibrate},
    {"stream_rates", sizeof(hil_stream_rates_req_t), false, stream_rates},
    {"mmwave", sizeof(hil_mmwave_req_t), false, mmwave},
    {0},
};
