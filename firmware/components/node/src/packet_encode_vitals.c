// Packets of what was sensed: vital signs, of one sensor and of two, and the feature vector.
#include <math.h>
#include <string.h>

#include "node_settings.h"
#include "packet_encode.h"
#include "packet_numbers.h"

#define BREATHING_SCALE 100.0f
#define HEART_SCALE     10000.0f
#define HEART_MAX       1000.0f // beats a minute, far beyond any band

static uint16_t breathing_field(float bpm)
{
    const float scaled = roundf(finite_or_zero(bpm) * BREATHING_SCALE);
    return (uint16_t)fminf(fmaxf(scaled, 0.0f), (float)UINT16_MAX);
}

static uint32_t heart_field(float bpm)
{
    return (uint32_t)roundf(fminf(fmaxf(finite_or_zero(bpm), 0.0f), HEART_MAX) * HEART_SCALE);
}

static uint8_t flags_of(const edge_features_t *seen, const vitals_context_t *context, bool presence)
{
    return (uint8_t)((presence ? VITALS_PRESENCE : 0) | (context->fell ? VITALS_FALL : 0) |
                     (seen->motion >= context->motion_threshold ? VITALS_MOTION : 0) |
                     (context->unknown ? VITALS_UNKNOWN : 0));
}

void packet_encode_edge_vitals(const edge_features_t *seen, const vitals_context_t *context,
                               packet_edge_vitals_t *out)
{
    const bool breathes = seen->quality_flags & EDGE_QUALITY_RESPIRATION_VALID;
    const bool beats = seen->quality_flags & EDGE_QUALITY_HEARTBEAT_VALID;
    *out = (packet_edge_vitals_t){
        .magic = PACKET_MAGIC_EDGE_VITALS,
        .node_id = node_settings()->node_id,
        .flags = flags_of(seen, context, seen->presence >= 0.5f),
        .breathing_bpm_x100 = breathing_field(breathes ? seen->respiration_bpm : 0.0f),
        .heart_bpm_x10000 = heart_field(beats ? seen->heartbeat_bpm : 0.0f),
        .rssi = context->rssi,
        .n_persons = seen->n_persons,
        .motion_energy = finite_or_zero(seen->motion_energy),
        .presence_score = finite_or_zero(seen->presence_score),
        .timestamp_ms = (uint32_t)(context->now_us / 1000u),
    };
}

void packet_encode_fused_vitals(const edge_features_t *seen, const mmwave_fusion_t *fusion,
                                const vitals_context_t *context, packet_fused_vitals_t *out)
{
    const mmwave_reading_t *radar = &fusion->reading;
    *out = (packet_fused_vitals_t){
        .magic = PACKET_MAGIC_FUSED_VITALS,
        .node_id = node_settings()->node_id,
        .flags = (uint8_t)(flags_of(seen, context, fusion->presence) |
                           (fusion->fresh ? VITALS_MMWAVE : 0)),
        .breathing_bpm_x100 = breathing_field(fusion->breathing_bpm),
        .heart_bpm_x10000 = heart_field(fusion->heart_bpm),
        .rssi = context->rssi,
        .n_persons = fusion->n_persons,
        .mmwave_type = radar->type,
        .fusion_confidence = fusion->confidence,
        .motion_energy = finite_or_zero(seen->motion_energy),
        .presence_score = finite_or_zero(seen->presence_score),
        .timestamp_ms = (uint32_t)(context->now_us / 1000u),
        .mmwave_hr_bpm = radar->heart_bpm,
        .mmwave_br_bpm = radar->breathing_bpm,
        .mmwave_distance_cm = radar->distance_cm,
        .mmwave_targets = radar->targets,
        .mmwave_confidence = radar->confidence,
    };
}

void packet_encode_feature_vector(const edge_features_t *seen, bool fell, uint64_t now_us,
                                  uint16_t seq, packet_feature_vector_t *out)
{
    *out = (packet_feature_vector_t){
        .magic = PACKET_MAGIC_FEATURE_VECTOR,
        .node_id = node_settings()->node_id,
        .seq = seq,
        .timestamp_us = (int64_t)now_us,
    };
    _Static_assert(sizeof out->features == sizeof seen->vector, "the feature vector");
    memcpy(out->features, seen->vector, sizeof out->features);
    out->features[PACKET_VECTOR_FALL] = fell ? 1.0f : 0.0f; // seen's is of its last frame alone
}
