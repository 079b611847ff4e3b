// The structs of the edge features. Of edge_t only its size is meant for others.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csi_frame.h"

#define EDGE_TOP        8u
#define EDGE_VECTOR_LEN 8u

// Which part of the phase is believed.
typedef enum {
    EDGE_PHASE_AUTO = 0,     // measured while calibrating
    EDGE_PHASE_COMMON = 1,   // sender and receiver share a clock: all of it
    EDGE_PHASE_RESIDUAL = 2, // they do not: what differs between subcarriers
} edge_phase_mode_t;

typedef struct {
    float rate_hz;               // frames a second; filters are designed for it
    uint32_t calibration_frames; // of an empty room
    float fall_threshold;        // phase acceleration, rad/s²
    uint8_t tier;
    uint8_t phase_mode; // edge_phase_mode_t
} edge_config_t;

typedef struct {
    uint64_t ts_us; // of the frame
    // The nine of the feature state packet; all but the two BPM are 0..1.
    float motion;
    float presence; // >= 0.5: presence_score is at or above its threshold
    float respiration_bpm;
    float respiration_conf;
    float heartbeat_bpm;
    float heartbeat_conf;
    float anomaly;
    float env_shift;
    float coherence;

    float motion_energy;      // (rad/s)²
    float presence_score;     // rad²
    float presence_threshold; // mean + 3 sigma of the empty room, rad²; 0 while calibrating
    float acceleration;       // of the phase, rad/s²
    bool active;              // somebody moves: vital signs are not looked for
    bool fall;                // one has begun with this frame
    uint8_t n_persons;
    uint16_t quality_flags;
    uint16_t top[EDGE_TOP];        // pairs, by falling variance; 0xFFFF: none
    float top_variance[EDGE_TOP];  // of the phase, rad²
    float vector[EDGE_VECTOR_LEN]; // presence, motion, respiration / 30 bpm, heartbeat / 120 bpm,
                                   // coherence, persons / 4, fall, (rssi + 100) / 100; each 0..1

    // Since edge_init.
    uint32_t frames;  // taken
    uint32_t refused; // frames
    uint32_t relinks; // changes of sender, channel or size
    uint32_t gaps;
    uint32_t falls;
} edge_features_t;

// Private.
typedef struct {
    edge_config_t config;
    edge_features_t features;
    uint32_t n_pairs;
    uint8_t mac[6];
    uint8_t channel;
    uint8_t n_antennas;
    uint16_t n_subcarriers;
    int8_t last_iq[2 * CSI_MAX_PAIRS]; // [n_pairs][2]
} edge_t;
