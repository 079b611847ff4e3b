#include "edge_features.h"

#include <math.h>
#include <string.h>

#include "band.h"
#include "link.h"
#include "room.h"
#include "slots.h"

#define GAP_PERIODS   5u   // more without a frame: a gap
#define MIN_COHERENCE 0.2f // as the controller's
#define PRESENT       0.5f
#define MAX_PERSONS   4u

// Accelerations are taken over steps of about 50 ms: the noise of a phase grows with the square of
// the frequency of the steps.
#define ACCELERATION_HZ 20.0f

#define RESPIRATION_CONF 0.3f
#define HEARTBEAT_CONF   0.3f

static const edge_band_design_t respiration = {.low_hz = 0.1,
                                               .high_hz = 0.5,
                                               .sample_hz = 4.0,
                                               .lag_s = 30.0,
                                               .memory_s = 20.0,
                                               .valid_s = 15.0};
static const edge_band_design_t heartbeat = {.low_hz = 0.8,
                                             .high_hz = 2.0,
                                             .sample_hz = 8.0,
                                             .lag_s = 12.0,
                                             .memory_s = 10.0,
                                             .valid_s = 8.0};

edge_config_t edge_default_config(void)
{
    return (edge_config_t){
        .rate_hz = 20.0f,
        .calibration_frames = 1200,
        .fall_threshold = 250.0f, // half of free fall: 2 pi (9.8 / 2) / 0.123 m
        .tier = EDGE_TIER_ALL,
        .phase_mode = EDGE_PHASE_AUTO,
    };
}

// The share of a frame in a running mean over about `seconds`.
static float share(const edge_config_t *config, double seconds)
{
    return (float)(1.0 / (seconds * (double)config->rate_hz));
}

static void design(edge_t *edge)
{
    const edge_config_t *config = &edge->config;
    edge->period_us = (uint32_t)(1e6 / (double)config->rate_hz + 0.5);
    edge->second = (uint32_t)(config->rate_hz + 0.5f);
    edge->stride = (uint32_t)(config->rate_hz / ACCELERATION_HZ);
    edge->stride = edge->stride > 0 ? edge->stride : 1u;
    while ((1u << edge->power_shift) < 10u * edge->second) {
        edge->power_shift++;
    }
    edge->phase_rate = share(config, 10.0);
    edge->coherence_rate = share(config, 1.0);
    edge->energy_rate = share(config, 0.5);
    edge->score_rate = share(config, 2.0);
    edge->fast_power_rate = share(config, 0.5);
    edge->slow_power_rate = share(config, 10.0);
    edge->anomaly_decay = (float)(1.0 - 1.0 / (3.0 * (double)config->rate_hz));
    for (uint32_t i = 0; i < EDGE_CIRCLE; i++) {
        edge->cosine[i] = (float)cos(6.28318530717958647693 * i / EDGE_CIRCLE);
    }
    edge_band_init(&edge->respiration, &respiration, config->rate_hz);
    edge_band_init(&edge->heartbeat, &heartbeat, config->rate_hz);
}

esp_err_t edge_init(edge_t *edge, const edge_config_t *config)
{
    if (!edge || !config || !(config->rate_hz >= 10.0f && config->rate_hz <= 100.0f) ||
        config->calibration_frames == 0 || !(config->fall_threshold > 0.0f) ||
        !isfinite(config->fall_threshold) || config->tier > EDGE_TIER_ALL ||
        config->phase_mode > EDGE_PHASE_RESIDUAL) {
        return ESP_ERR_INVALID_ARG;
    }
    const edge_config_t kept = *config; // it may lie in *edge
    memset(edge, 0, sizeof *edge);
    edge->config = kept;
    edge->phase_common = kept.phase_mode != EDGE_PHASE_RESIDUAL;
    design(edge);
    edge_slots_clear(edge);
    edge_recalibrate(edge);
    return ESP_OK;
}

void edge_recalibrate(edge_t *edge)
{
    edge_room_calibrate(edge);
    edge->features.quality_flags =
        edge->config.tier == EDGE_TIER_RAW ? 0 : EDGE_QUALITY_CALIBRATING;
}

const edge_features_t *edge_features(const edge_t *edge)
{
    return &edge->features;
}

// ---- one frame ----------------------------------------------------------------------------------

static void restart_vitals(edge_t *edge)
{
    edge_band_restart(&edge->respiration);
    edge_band_restart(&edge->heartbeat);
}

static void open_link(edge_t *edge, const csi_frame_t *frame)
{
    edge->features.relinks += edge->linked;
    edge_link_open(edge, frame);
    edge_slots_clear(edge);
    edge_slots_select(edge);
    edge->since_selection = 0;
    edge->fast_power = edge_link_power(frame) / (float)edge->n_pairs;
    edge->slow_power = edge->fast_power;
}

// What a frame leaves that cannot be compared with the one before it.
static void interrupt(edge_t *edge)
{
    edge_slots_restart(edge);
    edge_room_interrupt(edge);
    restart_vitals(edge);
    edge->features.fall = false;
    edge->features.respiration_bpm = edge->features.respiration_conf = 0.0f;
    edge->features.heartbeat_bpm = edge->features.heartbeat_conf = 0.0f;
    const uint16_t vitals = EDGE_QUALITY_RESPIRATION_VALID | EDGE_QUALITY_HEARTBEAT_VALID;
    edge->features.quality_flags &= (uint16_t)~vitals;
}

static void follow_vitals(edge_t *edge, uint32_t periods)
{
    if (edge->features.active) {
        restart_vitals(edge);
        return;
    }
    float x[EDGE_TOP];
    for (uint32_t j = 0; j < EDGE_TOP; j++) {
        const uint16_t k = edge->features.top[j];
        x[j] = k < edge->n_pairs ? edge->deviation[k] : 0.0f;
    }
    edge_band_feed(&edge->respiration, x, periods, edge->cosine);
    edge_band_feed(&edge->heartbeat, x, periods, edge->cosine);
}

static bool present(const edge_features_t *out)
{
    return out->presence >= PRESENT;
}

static bool valid(const edge_t *edge, const edge_band_t *band, float least)
{
    return present(&edge->features) && !edge->features.active && band->conf >= least &&
           band->samples >= band->min_samples;
}

// With nobody there, there is nothing to measure; while calibrating that is not known.
static void report_vitals(edge_t *edge)
{
    edge_features_t *out = &edge->features;
    const bool told = edge->calibrating || present(out);
    out->respiration_bpm = told ? edge->respiration.bpm : 0.0f;
    out->respiration_conf = told ? edge->respiration.conf : 0.0f;
    out->heartbeat_bpm = told ? edge->heartbeat.bpm : 0.0f;
    out->heartbeat_conf = told ? edge->heartbeat.conf : 0.0f;
    const bool breathes = valid(edge, &edge->respiration, RESPIRATION_CONF);
    if (breathes) {
        out->quality_flags |= EDGE_QUALITY_RESPIRATION_VALID;
    }
    if (valid(edge, &edge->heartbeat, HEARTBEAT_CONF)) {
        out->quality_flags |= EDGE_QUALITY_HEARTBEAT_VALID;
    }
    // People who sit still are told apart by how fast they breathe.
    const uint32_t rhythms = breathes ? edge->respiration.peaks : 1u;
    const uint32_t persons = rhythms < MAX_PERSONS ? rhythms : MAX_PERSONS;
    out->n_persons = present(out) ? (uint8_t)persons : 0u;
}

static float unit(float x)
{
    return x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x;
}

static void fill_vector(edge_features_t *out, int8_t rssi)
{
    const float vector[EDGE_VECTOR_LEN] = {
        out->presence,
        out->motion,
        unit(out->respiration_bpm / 30.0f),
        unit(out->heartbeat_bpm / 120.0f),
        out->coherence,
        (float)out->n_persons / (float)MAX_PERSONS,
        out->fall ? 1.0f : 0.0f,
        unit(((float)rssi + 100.0f) / 100.0f),
    };
    memcpy(out->vector, vector, sizeof vector);
}

static void once_a_second(edge_t *edge)
{
    if (++edge->since_selection < edge->second) {
        return;
    }
    edge->since_selection = 0;
    if (!edge->features.active) {
        edge_slots_select(edge);
    }
    edge_room_environment(edge);
}

static void take_step(edge_t *edge, const csi_frame_t *frame, uint32_t periods)
{
    edge_features_t *out = &edge->features;
    const edge_step_t step = edge_link_compare(edge, frame);
    if (edge->has_coherence) {
        out->coherence += edge->coherence_rate * (step.coherence - out->coherence);
    } else {
        out->coherence = step.coherence;
        edge->has_coherence = true;
    }
    if (edge->config.tier == EDGE_TIER_RAW) {
        memcpy(edge->last_iq, frame->iq, 2u * edge->n_pairs);
        out->quality_flags = 0;
        return;
    }
    const float x = (float)step.common_re, y = (float)step.common_im;
    if (edge_room_judge_clock(edge, x / sqrtf(x * x + y * y))) {
        edge_link_forget_phases(edge);
        edge_slots_restart(edge);
    }
    const float rate = edge->config.rate_hz / (float)(periods > 1u ? periods : 1u);
    edge_measured_t measured = {
        .energy = edge_link_advance(edge, frame, &step) * (rate * rate),
        .score = edge_slots_score(edge),
        .power = (float)step.power / (float)edge->n_pairs,
    };
    measured.has_acceleration =
        edge_slots_acceleration(edge, periods == 1u, &measured.acceleration);
    edge_link_learn(edge, frame);
    edge_room_update(edge, &measured);
    if (edge->config.tier == EDGE_TIER_ALL) {
        follow_vitals(edge, periods);
        report_vitals(edge);
    } else {
        out->n_persons = present(out);
    }
    once_a_second(edge);
    for (uint32_t j = 0; j < EDGE_TOP; j++) {
        const uint16_t k = out->top[j];
        out->top_variance[j] = k < edge->n_pairs ? edge->variance[k] : 0.0f;
    }
}

// Frame periods since the last frame, rounded; GAP_PERIODS + 1 for a gap and for time that runs
// backwards.
static uint32_t periods_since(const edge_t *edge, uint64_t ts_us)
{
    if (ts_us < edge->features.ts_us) {
        return GAP_PERIODS + 1u;
    }
    const uint64_t periods =
        (ts_us - edge->features.ts_us + edge->period_us / 2u) / edge->period_us;
    return periods > GAP_PERIODS ? GAP_PERIODS + 1u : (uint32_t)periods;
}

esp_err_t edge_push(edge_t *edge, const csi_frame_t *frame)
{
    if (!edge || !frame) {
        return ESP_ERR_INVALID_ARG;
    }
    const uint32_t n_pairs = (uint32_t)frame->n_antennas * frame->n_subcarriers;
    if (n_pairs == 0 || n_pairs > CSI_MAX_PAIRS) {
        edge->features.refused++;
        return ESP_ERR_INVALID_SIZE;
    }
    if (!frame->iq) {
        return ESP_ERR_INVALID_ARG;
    }
    const uint32_t periods = periods_since(edge, frame->ts_us);
    edge->features.ts_us = frame->ts_us;
    edge->features.frames++;
    edge->ambient.frames++;
    if (!edge->linked || !edge_link_same(&edge->link, frame)) {
        open_link(edge, frame);
        interrupt(edge);
    } else if (periods > GAP_PERIODS) {
        edge->features.gaps++;
        edge_link_resume(edge, frame);
        interrupt(edge);
    } else {
        take_step(edge, frame, periods);
    }
    if (edge->has_coherence && edge->features.coherence < MIN_COHERENCE) {
        edge->features.quality_flags |= EDGE_QUALITY_DEGRADED_MODE;
    }
    fill_vector(&edge->features, frame->rssi);
    return ESP_OK;
}
