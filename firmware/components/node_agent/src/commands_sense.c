// sense_status, recalibrate, stream_rates, mmwave: what is made of frames, and what is sent of it.
#include <string.h>

#include "csi_rate.h"
#include "machine_clock.h"
#include "mmwave.h"
#include "node_agent_parts.h"
#include "sensing.h"
#include "stream_sender.h"

void agent_edge_features(const edge_features_t *from, hil_edge_features_t *to)
{
    *to = (hil_edge_features_t){
        .ts_us = from->ts_us,
        .motion = from->motion,
        .presence = from->presence,
        .respiration_bpm = from->respiration_bpm,
        .respiration_conf = from->respiration_conf,
        .heartbeat_bpm = from->heartbeat_bpm,
        .heartbeat_conf = from->heartbeat_conf,
        .anomaly = from->anomaly,
        .env_shift = from->env_shift,
        .coherence = from->coherence,
        .motion_energy = from->motion_energy,
        .presence_score = from->presence_score,
        .presence_threshold = from->presence_threshold,
        .active = from->active,
        .fall = from->fall,
        .n_persons = from->n_persons,
        .quality_flags = from->quality_flags,
        .spectra = from->spectra,
        .frames = from->frames,
        .late = from->late,
        .duplicates = from->duplicates,
        .faint = from->faint,
        .other_basis = from->other_basis,
        .refused = from->refused,
        .plain = from->plain,
        .relinks = from->relinks,
        .gaps = from->gaps,
        .falls = from->falls,
    };
    memcpy(to->vector, from->vector, sizeof to->vector);
    memcpy(to->spectrum, from->spectrum, sizeof to->spectrum);
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
