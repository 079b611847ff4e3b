// Edge features: from frames of channel state to what a person would say about the room.
//
// Give frames of one link (one sender, one channel) in the order of their timestamps. Nothing here
// allocates, and the same frames give the same bits on every target.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
    EDGE_QUALITY_DEGRADED_MODE = 1 << 5, // coherence below 0.2
    EDGE_QUALITY_CALIBRATING = 1 << 6,
    EDGE_QUALITY_RECALIBRATION_RECOMMENDED = 1 << 7,
    EDGE_QUALITY_MOVEMENT_AND_BREATH_ONLY = 1 << 8, // presence: who does neither is not seen
    EDGE_QUALITY_HEART_UNPROVEN = 1 << 9,           // the heart rate was never shown on a body
};

// A fall is a phase acceleration at or above the threshold in three consecutive steps: frames at up
// to 39 frames a second, and at faster rates the frames of about 50 ms. The next one is not before
// five seconds later.

edge_config_t edge_default_config(void); // 20 frames a second, 1,200 of calibration, everything

// Starts over: nothing known, calibrating.
//   ESP_ERR_INVALID_ARG  null pointer; rate_hz not in 10..100; calibration_frames 0;
//                        fall_threshold not positive; an unknown tier or phase mode
esp_err_t edge_init(edge_t *edge, const edge_config_t *config);

// Takes one frame and computes every feature of its tier.
//   ESP_ERR_INVALID_ARG   null pointer
//   ESP_ERR_INVALID_SIZE  no pair at all, or more than CSI_MAX_PAIRS
// A refused frame is counted and changes nothing else. Another sender, channel, or number of
// antennas or subcarriers than before: what was learnt of the link is forgotten, and counted. A gap
// in time, or time running backwards, restarts the filters, and is counted.
esp_err_t edge_push(edge_t *edge, const csi_frame_t *frame);

// What the last accepted frame left; all zero, but for calibrating, before the first.
const edge_features_t *edge_features(const edge_t *edge);

// Learns the empty room again, from the next frame on.
void edge_recalibrate(edge_t *edge);

#ifdef __cplusplus
}
#endif
