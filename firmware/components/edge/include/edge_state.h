// The structs of the edge features. Of edge_t only its size is meant for others.
#pragma once

#include "csi_frame.h"
#include "edge_movement.h"
#include "edge_rhythm.h"
#include "edge_room.h"
#include "edge_spectrum.h"

#define EDGE_VECTOR_LEN 8u

typedef struct {
    uint32_t calibration_ms; // of an empty room
    uint8_t tier;
    uint8_t spectrum_every; // bins of 20 ms from one spectrum to the next; 0: none is computed
    // Each spectrum when it is complete, within edge_push; may be null.
    void (*on_spectrum)(const float *values /*[EDGE_SPECTRUM_LEN]*/);
} edge_config_t;

typedef struct {
    uint64_t ts_us; // of the frame
    // The nine of the feature state packet; all but the two BPM are 0..1.
    float motion;
    float presence; // >= 0.5: somebody is there, as far as movement and breath can tell
    float respiration_bpm;
    float respiration_conf;
    float heartbeat_bpm;
    float heartbeat_conf;
    float anomaly;
    float env_shift;
    float coherence;

    float motion_energy;      // movement: change of the amplitudes relative to their mean
    float presence_score;     // the same, to be compared with the threshold
    float presence_threshold; // 0 while calibrating
    bool active;              // somebody moves: vital signs are not looked for
    bool fall;                // one has begun since the last frame
    uint8_t n_persons;
    uint16_t quality_flags;
    float vector[EDGE_VECTOR_LEN]; // presence, motion, respiration / 30 bpm, heartbeat / 120 bpm,
                                   // coherence, persons / 4, fall, (rssi + 100) / 100; each 0..1
    float spectrum[EDGE_SPECTRUM_LEN]; // the last one

    uint32_t spectra; // since edge_init; from here on all fields are counters

    // Frames since edge_init; every one of `frames` is used, or in exactly one of the next four.
    uint32_t frames;      // that were not refused
    uint32_t late;        // of a bin that was complete already
    uint32_t duplicates;  // of a time that another frame had
    uint32_t faint;       // with less than a count of signal a carrier
    uint32_t other_basis; // of other carriers than those that are in use on the link
    uint32_t refused;     // no pairs, or too many
    uint32_t plain;       // of an unknown layout: the pairs were taken in stored order
    uint32_t relinks;     // changes of sender, channel or carriers
    uint32_t gaps;        // silences, and times that the clock ran backwards
    uint32_t falls;
} edge_features_t;

// The front end: from frames of one link to bins.
typedef struct {
    // the link
    bool linked;
    uint8_t mac[6];
    uint8_t channel;
    uint16_t basis;       // which carriers the slots are, see csi_layout.h
    uint64_t basis_ts_us; // of the last frame with it
    uint64_t mask;        // slots that have ever been other than zero on it
    uint32_t used;
    // the bin under way
    bool begun;
    uint64_t open;       // its number: time / EDGE_BIN_US
    uint64_t last_ts_us; // of the last frame that was taken
    uint32_t in_bin;     // frames
    float sum[EDGE_SLOTS];
    float ratio_sum[EDGE_RATIOS][2];
    // likeness of neighbouring frames
    bool has_last;
    bool has_coherence;
    float coherence;
    int16_t last[EDGE_SLOTS][2];
    edge_bin_t bin; // the last complete one
} edge_front_t;

typedef struct {
    edge_config_t config;
    edge_features_t features;
    edge_front_t front;
    edge_movement_t movement;
    edge_room_t room;
    edge_rhythm_t rhythm;
    edge_spectrum_t spectrum;
} edge_t;
