#include "packet_encode.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "crc32_ieee.h"
#include "node_settings.h"
#include "packet_numbers.h"

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
        flags |= QUALITY_DEGRADED_MODE;
    }
    if (decision.state == STATE_ALERT) {
        flags |= QUALITY_ANOMALY_TRIGGERED;
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
