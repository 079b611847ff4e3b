#include "mmwave.h"

#include <math.h>
#include <string.h>

#define HUNDRED 100u

static struct {
    mmwave_reading_t reading;
    uint64_t at_us;
} sensor;

void mmwave_start(void)
{
    memset(&sensor, 0, sizeof sensor);
}

static float usable(float value)
{
    return isfinite(value) && value > 0.0f ? value : 0.0f;
}

void mmwave_report(const mmwave_reading_t *reading, uint64_t now_us)
{
    sensor.reading = *reading;
    sensor.reading.heart_bpm = usable(reading->heart_bpm);
    sensor.reading.breathing_bpm = usable(reading->breathing_bpm);
    sensor.reading.distance_cm = usable(reading->distance_cm);
    sensor.reading.confidence =
        (uint8_t)(reading->confidence < HUNDRED ? reading->confidence : HUNDRED);
    sensor.at_us = now_us;
}

bool mmwave_is_configured(void)
{
    return sensor.reading.type != 0;
}

// A rate that is 0 was not found and has no weight.
static float weighted(float a, float a_weight, float b, float b_weight)
{
    const float wa = a > 0.0f ? a_weight : 0.0f;
    const float wb = b > 0.0f ? b_weight : 0.0f;
    return wa + wb > 0.0f ? (a * wa + b * wb) / (wa + wb) : 0.0f;
}

mmwave_fusion_t mmwave_fuse(const edge_features_t *seen, uint64_t now_us)
{
    mmwave_fusion_t out = {
        .reading = sensor.reading,
        .fresh = mmwave_is_configured() && now_us - sensor.at_us <= MMWAVE_FRESH_US,
    };
    const float radar = out.fresh ? (float)sensor.reading.confidence / 100.0f : 0.0f;
    const bool breathes = seen->quality_flags & EDGE_QUALITY_RESPIRATION_VALID;
    const bool beats = seen->quality_flags & EDGE_QUALITY_HEARTBEAT_VALID;
    const float breath_conf = breathes ? seen->respiration_conf : 0.0f;
    const float heart_conf = beats ? seen->heartbeat_conf : 0.0f;
    const uint8_t targets = out.fresh ? sensor.reading.targets : 0;
    out.breathing_bpm =
        weighted(seen->respiration_bpm, breath_conf, sensor.reading.breathing_bpm, radar);
    out.heart_bpm = weighted(seen->heartbeat_bpm, heart_conf, sensor.reading.heart_bpm, radar);
    out.confidence = (uint8_t)lroundf(100.0f * (1.0f - (1.0f - breath_conf) * (1.0f - radar)));
    out.n_persons = seen->n_persons > targets ? seen->n_persons : targets;
    out.presence = seen->presence >= 0.5f || targets > 0;
    return out;
}
