// Packets of what was sensed and classified.
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "crc32_ieee.h"
#include "node_settings.h"
#include "packet_encode.h"

#define BREATHING_SCALE 100.0f
#define HEART_SCALE     10000.0f
#define HEART_MAX       1000.0f // beats a minute, far beyond any band

#define MESH_VERSION     1u
#define MESH_TYPE_HEALTH 6u
#define MESH_AUTH_NONE   0u

static float finite_or_zero(float value)
{
    return isfinite(value) ? value : 0.0f;
}

static float unit(float value)
{
    const float finite = finite_or_zero(value);
    return finite < 0.0f ? 0.0f : finite > 1.0f ? 1.0f : finite;
}

void packet_encode_feature_state(const observation_t *observation, decision_t decision,
                                 uint64_t ts_us, uint16_t seq, packet_feature_state_t *out)
{
    uint16_t flags = observation->quality_flags;
    if (decision.state == STATE_DEGRADED) {
        flags |= EDGE_QUALITY_DEGRADED_MODE;
    }
    if (decision.state == STATE_ALERT) {
        flags |= EDGE_QUALITY_ANOMALY_TRIGGERED;
    }
    *out = (packet_feature_state_t){
        .magic = PACKET_MAGIC_FEATURE_STATE,
        .node_id = node_settings()->node_id,
        .mode = (uint8_t)decision.profile,
        .seq = seq,
        .ts_us = ts_us,
        .motion_score = unit(observation->motion),
        .presence_score = unit(observation->presence),
        .respiration_bpm = finite_or_zero(observation->respiration_bpm),
        .respiration_conf = unit(observation->respiration_conf),
        .heartbeat_bpm = finite_or_zero(observation->heartbeat_bpm),
        .heartbeat_conf = unit(observation->heartbeat_conf),
        .anomaly_score = unit(observation->anomaly),
        .env_shift_score = unit(observation->env_shift),
        .node_coherence = unit(observation->coherence),
        .quality_flags = flags,
    };
    out->crc32 = crc32_ieee(0, out, offsetof(packet_feature_state_t, crc32));
}

void packet_encode_temporal(const float *logits, uint32_t n_classes, uint64_t ts_us, uint32_t seq,
                            packet_temporal_classification_t *out)
{
    uint32_t top = 0;
    for (uint32_t i = 1; i < n_classes; i++) {
        if (logits[i] > logits[top]) {
            top = i;
        }
    }
    float second = -FLT_MAX;
    for (uint32_t i = 0; i < n_classes; i++) {
        if (i != top && logits[i] > second) {
            second = logits[i];
        }
    }
    const float margin = logits[top] - second;
    *out = (packet_temporal_classification_t){
        .magic = PACKET_MAGIC_TEMPORAL_CLASSIFICATION,
        .version = PACKET_TEMPORAL_VERSION,
        .n_classes = (uint16_t)n_classes,
        .node_id = node_settings()->node_id,
        .feed = node_settings()->temporal_feed,
        .ts_us = ts_us,
        .seq = seq,
        .argmax = (uint8_t)top,
        .top_logit = logits[top],
        .top1_minus_top2 = isfinite(margin) ? margin : FLT_MAX,
    };
    out->crc32 = crc32_ieee(0, out, offsetof(packet_temporal_classification_t, crc32));
}

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
    out->features[PACKET_VECTOR_FALL] =
        fell ? 1.0f : 0.0f; // in `seen` it is of the last frame only
}

void packet_encode_mesh_health(const packet_mesh_health_t *health, uint32_t epoch, uint8_t *out)
{
    const packet_mesh_envelope_t envelope = {
        .magic = PACKET_MAGIC_MESH_ENVELOPE,
        .version = MESH_VERSION,
        .type = MESH_TYPE_HEALTH,
        .sender_role = health->role,
        .auth_class = MESH_AUTH_NONE,
        .epoch = epoch,
        .payload_len = sizeof *health,
    };
    memcpy(out, &envelope, sizeof envelope);
    memcpy(out + sizeof envelope, health, sizeof *health);
    const uint32_t crc = crc32_ieee(0, out, sizeof envelope + sizeof *health);
    memcpy(out + sizeof envelope + sizeof *health, &crc, sizeof crc);
}
