// Edge features: from frames of channel state to what happens in the room.
//
// Give frames of one link (one sender, one channel) as they come: everything runs on their
// timestamps. Nothing here allocates, and the same frames give the same bits on every target.
#pragma once

#include "csi_frame.h"
#include "edge_state.h"
#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

// How much is computed.
enum {
    EDGE_TIER_RAW = 0,    // coherence only
    EDGE_TIER_MOTION = 1, // and motion, presence, falls, anomaly, environment
    EDGE_TIER_ALL = 2,    // and respiration, heartbeat, persons
};

// Bits of quality_flags; the values are those of the feature state packet.
enum {
    EDGE_QUALITY_PRESENCE_VALID = 1 << 0,
    EDGE_QUALITY_RESPIRATION_VALID = 1 << 1,
    EDGE_QUALITY_HEARTBEAT_VALID = 1 << 2,
    EDGE_QUALITY_ANOMALY_TRIGGERED = 1 << 3,
    EDGE_QUALITY_ENVIRONMENT_SHIFT = 1 << 4,
    EDGE_QUALITY_DEGRADED_MODE = 1 << 5, // coherence below 0.2, or no frames
    EDGE_QUALITY_CALIBRATING = 1 << 6,
    EDGE_QUALITY_RECALIBRATION_RECOMMENDED = 1 << 7,
    EDGE_QUALITY_MOVEMENT_AND_BREATH_ONLY = 1 << 8, // presence: who does neither is not seen
    EDGE_QUALITY_HEART_UNPROVEN = 1 << 9,           // the heart rate was never shown on a body
};

// 30 s of calibration, everything but spectra.
edge_config_t edge_default_config(void);

// Starts over: nothing known, calibrating.
//   ESP_ERR_INVALID_ARG  null pointer; calibration_ms not in 1000..600000; an unknown tier
esp_err_t edge_init(edge_t *edge, const edge_config_t *config);

// Takes one frame and computes every feature of its tier.
//   ESP_ERR_INVALID_ARG   null pointer
//   ESP_ERR_INVALID_SIZE  no pair at all, or more than CSI_MAX_PAIRS
//   what csi_layout_carriers says of its layout
// A refused frame is counted and changes nothing else. A frame that cannot be used is counted as
// what it is and changes no feature. Another sender or channel than before is another link: what
// was learnt of its carriers is forgotten, and counted. After EDGE_SILENCE_US without a frame, or
// when time has run backwards by more than a second, everything but the room's calibration starts
// anew, and that is counted.
esp_err_t edge_push(edge_t *edge, const csi_frame_t *frame);

// No frame has come for EDGE_SILENCE_US: nothing is known until the next one. Counted as a gap.
void edge_silent(edge_t *edge);

// What the last frame that was used left; all zero, but for calibrating, before the first.
const edge_features_t *edge_features(const edge_t *edge);

// Learns the empty room again, from the next bin on.
void edge_recalibrate(edge_t *edge);

#ifdef __cplusplus
}
#endif
