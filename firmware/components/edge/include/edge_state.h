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
    uint16_t top[EDGE_TOP];        // the pairs of largest variance, slot by slot; 0xFFFF: none
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

// ---- private ----------------------------------------------------------------------------------

#define EDGE_MAX_STRIDE 5u
#define EDGE_FALL_STEPS 3u
#define EDGE_MAX_LAGS   150u
#define EDGE_CIRCLE     480u // steps of the table of cosines: the grid of frequencies

// A biquad with its zeros at 0 Hz and at half the sample rate:
// g (1 - z^-2) / (1 + a1 z^-1 + a2 z^-2)
typedef struct {
    float g;
    float a1;
    float a2;
} edge_biquad_t;

typedef struct {
    edge_biquad_t section[2];
} edge_bandpass_t;

// One band of vital signs: what the top pairs do in it, and how it repeats itself.
typedef struct {
    edge_bandpass_t filter;
    float sample_hz;
    uint32_t decimation; // frames a sample
    uint32_t n_lags;
    uint32_t first_bin; // of the search; its neighbours outside are computed too
    uint32_t last_bin;
    uint32_t min_samples; // before the result can be valid
    float lowest_bpm;
    float highest_bpm;
    float forget;                    // what a sample leaves of the correlation before it
    float full_peak;                 // sum of the lag window
    float lag_window[EDGE_MAX_LAGS]; // [n_lags]

    uint32_t held;                          // frames in `sum`
    float sum[EDGE_TOP];                    // of the sample under way
    float state[EDGE_TOP][2][2];            // [slot][section]
    float history[EDGE_MAX_LAGS][EDGE_TOP]; // ring of filtered samples
    uint32_t newest;                        // row of `history`
    float correlation[EDGE_MAX_LAGS];       // [n_lags], summed over the slots
    uint32_t samples;                       // since the restart
    uint32_t until_estimate;                // samples
    float bpm;
    float conf;
    uint32_t peaks; // distinct ones in the spectrum
} edge_band_t;

// Sender, channel and shape: frames of one link can be compared with each other.
typedef struct {
    uint8_t mac[6];
    uint8_t channel;
    uint8_t n_antennas;
    uint16_t n_subcarriers;
} edge_link_t;

// What the empty room was like.
typedef struct {
    uint32_t frames;   // taken since it began
    uint32_t judged;   // of them, for whether the clocks agree
    uint32_t measured; // of the means below
    uint32_t regular;  // of the acceleration's
    double score_mean; // Welford: rad²
    double score_m2;
    double energy_mean;       // (rad/s)²
    double acceleration_mean; // square, rad²
    double common_cos;        // sum of the cosines of the common rotation
    float score_sigma;
    edge_link_t link; // the one that `power` is of
    bool has_power;
    int32_t power[CSI_MAX_PAIRS]; // as edge_t's
    int64_t power_sum;
} edge_ambient_t;

typedef struct {
    edge_config_t config;
    edge_features_t features;
    // design
    uint32_t period_us;
    uint32_t second; // frames
    uint32_t power_shift;
    float phase_rate; // share of a frame in the running mean and variance of the phase
    float coherence_rate;
    float energy_rate;
    float score_rate;
    float fast_power_rate;
    float slow_power_rate;
    float anomaly_decay;
    float cosine[EDGE_CIRCLE]; // cos(2 pi i / EDGE_CIRCLE)
    // the link
    bool linked;
    bool has_coherence;
    edge_link_t link;
    uint32_t n_pairs;
    bool calibrating;
    bool phase_common;
    int8_t last_iq[2 * CSI_MAX_PAIRS]; // [n_pairs][2], the last that was not zero
    float delta[CSI_MAX_PAIRS];        // [n_pairs] phase since the last frame, rad
    float deviation[CSI_MAX_PAIRS];    // [n_pairs] of the unwrapped phase from its running mean
    float variance[CSI_MAX_PAIRS];     // [n_pairs] of it, running
    int32_t power[CSI_MAX_PAIRS];      // [n_pairs] running mean of I² + Q², in 2^-14
    // the slots
    uint32_t since_selection;                         // frames
    float slot_deltas[EDGE_TOP][2 * EDGE_MAX_STRIDE]; // newest first
    uint32_t slot_run[EDGE_TOP];                      // how many of them are consecutive
    uint32_t stride; // frames over which a phase rate is taken for the acceleration
    // the room
    edge_ambient_t ambient;
    float energy;
    float fast_power;
    float slow_power;
    float recent_acceleration[EDGE_FALL_STEPS * EDGE_MAX_STRIDE]; // newest first
    uint32_t fast_frames; // consecutive, at or above the fall threshold
    bool has_fallen;
    uint64_t fall_ts_us;
    uint32_t shifted_s;
    uint32_t quiet_s;
    edge_band_t respiration;
    edge_band_t heartbeat;
} edge_t;
