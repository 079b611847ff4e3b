// sense_status, recalibrate, stream_rates, mmwave: what is made of frames, and what is sent of it.
#include <string.h>

#include "agent.h"
#include "csi_rate.h"
#include "mmwave.h"
#include "node_clock.h"
#include "sensing.h"
#include "stream_sender.h"

static void fill_features(hil_sense_status_t *answer)
{
    const edge_features_t *seen = sensing_features();
    answer->ts_us = seen->ts_us;
    answer->n_persons = seen->n_persons;
    answer->active = seen->active;
    answer->quality_flags = seen->quality_flags;
    memcpy(answer->top, seen->top, sizeof answer->top);
    answer->motion = seen->motion;
    answer->presence = seen->presence;
    answer->respiration_bpm = seen->respiration_bpm;
    answer->respiration_conf = seen->respiration_conf;
    answer->heartbeat_bpm = seen->heartbeat_bpm;
    answer->heartbeat_conf = seen->heartbeat_conf;
    answer->anomaly = seen->anomaly;
    answer->env_shift = seen->env_shift;
    answer->coherence = seen->coherence;
    answer->motion_energy = seen->motion_energy;
    answer->presence_score = seen->presence_score;
    answer->presence_threshold = seen->presence_threshold;
    answer->acceleration = seen->acceleration;
    answer->frames = seen->frames;
    answer->refused = seen->refused;
    answer->relinks = seen->relinks;
    answer->gaps = seen->gaps;
    answer->falls = seen->falls;
}

static esp_err_t sense_status(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    const stream_counts_t *sent = stream_sender_counts();
    hil_sense_status_t answer = {
        .phase = (uint8_t)sensing_phase(),
        .state = (uint8_t)controller_state(),
        .pkt_yield = csi_rate_yield(node_clock_now_us()),
        .sync_error_us = csi_rate_error_us(),
        .raw_seq = sent->raw,
        .compressed_count = sent->compressed,
        .vitals_count = sent->vitals,
        .fused_count = sent->fused,
        .vector_seq = sent->vector,
        .health_epoch = sent->health,
        .rate_hz = sensing_rate_hz(),
    };
    fill_features(&answer);
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t recalibrate(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    (void)reply;
    sensing_recalibrate();
    return ESP_OK;
}

static esp_err_t stream_rates(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)reply;
    hil_stream_rates_req_t asked;
    memcpy(&asked, request, len);
    const stream_rates_t rates = {asked.raw_every, asked.compressed_every, asked.vitals_ms,
                                  asked.vector_ms};
    stream_sender_set_rates(&rates);
    return ESP_OK;
}

static esp_err_t mmwave(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)reply;
    hil_mmwave_req_t asked;
    memcpy(&asked, request, len);
    const mmwave_reading_t reading = {
        .type = asked.type,
        .heart_bpm = asked.heart_bpm,
        .breathing_bpm = asked.breathing_bpm,
        .distance_cm = asked.distance_cm,
        .targets = asked.targets,
        .confidence = asked.confidence,
    };
    mmwave_report(&reading, node_clock_now_us());
    return ESP_OK;
}

static const agent_command_t commands[] = {
    {"sense_status", 0, false, sense_status},
    {"recalibrate", 0, false, recalibrate},
    {"stream_rates", sizeof(hil_stream_rates_req_t), false, stream_rates},
    {"mmwave", sizeof(hil_mmwave_req_t), false, mmwave},
};

const agent_command_group_t agent_sense_commands = {commands, sizeof commands / sizeof commands[0]};
