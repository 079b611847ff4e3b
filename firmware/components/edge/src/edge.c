#include <stddef.h>
#include <string.h>

#include "edge_parts.h"

#define MIN_COHERENCE 0.2f // as the controller's
#define PRESENT       0.5f
#define MAX_PERSONS   4u

#define MIN_CALIBRATION_MS 1000u
#define MAX_CALIBRATION_MS 600000u

edge_config_t edge_default_config(void)
{
    return (edge_config_t){.calibration_ms = 30000, .tier = EDGE_TIER_ALL};
}

esp_err_t edge_init(edge_t *edge, const edge_config_t *config)
{
    if (!edge || !config || config->calibration_ms < MIN_CALIBRATION_MS ||
        config->calibration_ms > MAX_CALIBRATION_MS || config->tier > EDGE_TIER_ALL) {
        return ESP_ERR_INVALID_ARG;
    }
    const edge_config_t kept = *config; // it may lie in *edge
    memset(edge, 0, sizeof *edge);
    edge->config = kept;
    edge_room_init(&edge->room, kept.calibration_ms);
    edge_spectrum_init(&edge->spectrum, kept.tier == EDGE_TIER_ALL ? kept.spectrum_every : 0u);
    edge_recalibrate(edge);
    return ESP_OK;
}

const edge_features_t *edge_features(const edge_t *edge)
{
    return &edge->features;
}

// ---- what is reported ---------------------------------------------------------------------------

// Limits of the method, which are always set: what these features cannot show.
static uint16_t limits(const edge_t *edge)
{
    if (edge->config.tier == EDGE_TIER_RAW) {
        return 0;
    }
    return EDGE_QUALITY_MOVEMENT_AND_BREATH_ONLY |
           (edge->config.tier == EDGE_TIER_ALL ? EDGE_QUALITY_HEART_UNPROVEN : 0);
}

void edge_recalibrate(edge_t *edge)
{
    edge_room_calibrate(&edge->room);
    edge->features.quality_flags = limits(edge);
    if (edge->config.tier != EDGE_TIER_RAW) {
        edge->features.quality_flags |= EDGE_QUALITY_CALIBRATING;
    }
}

// Each breath that is told apart is a person; somebody who moves is one.
static uint8_t persons(const edge_t *edge)
{
    if (edge->features.presence < PRESENT) {
        return 0;
    }
    const uint32_t found = edge->rhythm.breath.valid ? edge->rhythm.breath.persons : 1u;
    return (uint8_t)(found < 1u ? 1u : found > MAX_PERSONS ? MAX_PERSONS : found);
}

static void report_vitals(edge_t *edge)
{
    edge_features_t *out = &edge->features;
    const edge_rate_t *breath = &edge->rhythm.breath, *heart = &edge->rhythm.heart;
    out->respiration_bpm = breath->bpm;
    out->respiration_conf = breath->conf;
    out->heartbeat_bpm = heart->bpm;
    out->heartbeat_conf = heart->conf;
    if (breath->valid) {
        out->quality_flags |= EDGE_QUALITY_RESPIRATION_VALID;
    }
    if (heart->valid) {
        out->quality_flags |= EDGE_QUALITY_HEARTBEAT_VALID;
    }
}

static void fill_vector(edge_features_t *out, int8_t rssi)
{
    const float vector[EDGE_VECTOR_LEN] = {
        out->presence,
        out->motion,
        edge_unit(out->respiration_bpm / 30.0f),
        edge_unit(out->heartbeat_bpm / 120.0f),
        out->coherence,
        (float)out->n_persons / (float)MAX_PERSONS,
        out->fall ? 1.0f : 0.0f,
        edge_unit(((float)rssi + 100.0f) / 100.0f),
    };
    memcpy(out->vector, vector, sizeof vector);
}

static void report(edge_t *edge, int8_t rssi)
{
    edge_features_t *out = &edge->features;
    out->coherence = edge->front.coherence;
    out->quality_flags = limits(edge);
    if (edge->config.tier != EDGE_TIER_RAW) {
        out->quality_flags |= edge_room_flags(&edge->room, out);
    }
    if (edge->config.tier == EDGE_TIER_ALL) {
        report_vitals(edge);
    }
    out->n_persons = persons(edge);
    if (edge->front.has_coherence && out->coherence < MIN_COHERENCE) {
        out->quality_flags |= EDGE_QUALITY_DEGRADED_MODE;
    }
    out->spectra = edge->spectrum.count;
    memcpy(out->spectrum, edge->spectrum.values, sizeof out->spectrum);
    fill_vector(out, rssi);
}

// ---- one frame ----------------------------------------------------------------------------------

static void take_spectrum(edge_t *edge, const edge_bin_t *bin)
{
    const uint32_t before = edge->spectrum.count;
    edge_spectrum_bin(&edge->spectrum, bin);
    if (edge->spectrum.count != before && edge->config.on_spectrum) {
        edge->config.on_spectrum(edge->spectrum.values);
    }
}

static void take_bin(edge_t *edge)
{
    const edge_bin_t *bin = &edge->front.bin;
    if (edge->config.tier == EDGE_TIER_RAW) {
        return;
    }
    edge_movement_bin(&edge->movement, bin);
    edge_room_bin(&edge->room, &edge->movement, edge->rhythm.breath.valid, &edge->features);
    if (edge->config.tier == EDGE_TIER_ALL) {
        edge_rhythm_bin(&edge->rhythm, bin, edge->features.active);
        take_spectrum(edge, bin);
    }
}

// Nothing is known of the time before.
static void restart(edge_t *edge)
{
    edge_front_restart(&edge->front);
    edge_movement_restart(&edge->movement);
    edge_room_interrupt(&edge->room);
    edge_rhythm_restart(&edge->rhythm);
    edge_spectrum_restart(&edge->spectrum);
}

void edge_silent(edge_t *edge)
{
    edge_features_t *out = &edge->features;
    const edge_features_t before = *out;
    memset(out, 0, offsetof(edge_features_t, spectra)); // all but the counters
    out->ts_us = before.ts_us;
    out->presence_threshold = before.presence_threshold;
    out->quality_flags = limits(edge) | EDGE_QUALITY_DEGRADED_MODE |
                         (before.quality_flags & EDGE_QUALITY_CALIBRATING);
    out->gaps += edge->front.begun; // a silence that is reported twice counts once
    restart(edge);
}

static void count(edge_features_t *out, front_verdict_t verdict, uint32_t changes)
{
    out->frames++;
    out->plain += (changes & FRONT_PLAIN) != 0;
    out->late += verdict == FRONT_LATE;
    out->duplicates += verdict == FRONT_DUPLICATE;
    out->faint += verdict == FRONT_FAINT;
    out->other_basis += verdict == FRONT_OTHER_BASIS;
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
    csi_carriers_t carriers;
    const esp_err_t err =
        csi_layout_carriers(frame->layout, frame->n_subcarriers, frame->iq, &carriers);
    if (err) {
        edge->features.refused++;
        return err;
    }
    front_frame_t seen;
    uint32_t changes;
    const front_verdict_t verdict =
        edge_front_look(&edge->front, frame, &carriers, &seen, &changes);
    count(&edge->features, verdict, changes);
    if (verdict != FRONT_USED) {
        return ESP_OK;
    }
    if (changes & FRONT_RELINK) {
        edge->features.relinks += edge->front.linked;
        restart(edge);
        edge_room_relink(&edge->room);
        edge_front_open(&edge->front, frame, carriers.basis);
    } else if (changes & FRONT_GAP) {
        edge_silent(edge);
    }
    edge->features.ts_us = frame->ts_us;
    edge->features.fall = false;
    while (edge_front_next(&edge->front, frame->ts_us)) {
        take_bin(edge);
    }
    edge_front_take(&edge->front, &seen, edge->spectrum.every > 0);
    report(edge, frame->rssi);
    return ESP_OK;
}
