// Rhythms: breathing and heartbeat in the amplitudes. Their state.
#pragma once

#include "edge_bin.h"

#define EDGE_BANDS        8u   // groups of neighbouring carriers, as equal as possible
#define EDGE_WINDOW       125u // samples of 200 ms that are looked at together: 25 s
#define EDGE_HOP          25u  // samples from one window to the next: 5 s
#define EDGE_WINDOW_HOPS  (EDGE_WINDOW / EDGE_HOP)
#define EDGE_SERIES_ROWS  (EDGE_WINDOW + EDGE_HOP) // so that a window stays while it is looked at
#define EDGE_SMOOTH       9u  // samples of 100 ms over which outliers are limited
#define EDGE_BREATH_RATES 57u // 5 to 33 a minute in steps of half
#define EDGE_HEART_RATES  73u // 48 to 120 a minute in steps of one
#define EDGE_BAND_PAIRS   (EDGE_BANDS * (EDGE_BANDS + 1u) / 2u)

// From bins of 20 ms to the change of each band from one sample of 200 ms to the next.
typedef struct {
    uint64_t mask;            // of the carriers that `band` was made for
    uint8_t band[EDGE_SLOTS]; // EDGE_BANDS where a slot holds no carrier
    float share[EDGE_BANDS];  // 1 over the values in `sum` of 100 ms; 0 for a band without carriers
    float sum[EDGE_BANDS];
    uint32_t bins;                         // in `sum`
    float recent[EDGE_SMOOTH][EDGE_BANDS]; // ring of samples of 100 ms
    uint32_t recents;                      // since the restart
    float half[EDGE_BANDS];                // the first of two samples of 100 ms
    float last[EDGE_BANDS];                // sample of 200 ms
    uint32_t samples;                      // of 200 ms since the restart
    float rows[EDGE_SERIES_ROWS][EDGE_BANDS];
    uint32_t own;                     // bins with a frame of their own since the last hop
    uint32_t fresh[EDGE_WINDOW_HOPS]; // the same of the last hops, ring
} edge_series_t;

typedef struct {
    float bpm;
    float conf; // 0..1; of breathing: how often a rate like this has been right
    bool valid;
    uint32_t persons; // whose breathing differs; at least 1 where `valid`
} edge_rate_t;

// The work on a window, in this order. It is done in pieces, one for each bin.
typedef enum {
    EDGE_JOB_NONE = 0,
    EDGE_JOB_BREATH_TRANSFORM,
    EDGE_JOB_BREATH_LEVEL,
    EDGE_JOB_BREATH_ADD,
    EDGE_JOB_BREATH_ROOT,
    EDGE_JOB_BREATH_STRENGTH,
    EDGE_JOB_BREATH_ANSWER,
    EDGE_JOB_HEART_TRANSFORM,
    EDGE_JOB_HEART_LEVEL,
    EDGE_JOB_HEART_ADD,
    EDGE_JOB_HEART_ROOT,
    EDGE_JOB_HEART_STRENGTH,
    EDGE_JOB_HEART_ANSWER,
    EDGE_JOBS,
} edge_job_t;

typedef struct {
    edge_series_t series;
    bool moved;                        // since the last sample
    uint32_t moves;                    // samples with movement since the last hop
    uint32_t recent[EDGE_WINDOW_HOPS]; // the same of the last hops, ring
    bool loud;                         // the last window changed more than a body at rest makes it
    bool restless;                     // or more than 99 of 100 windows at rest
    // the window under way
    edge_job_t job;
    uint32_t at;    // rate within the job
    uint32_t owed;  // pieces
    uint32_t first; // row
    float transform[EDGE_HEART_RATES][EDGE_BANDS][2];
    float mean[EDGE_BAND_PAIRS];        // over the rates so far: the noise
    float root[EDGE_BANDS][EDGE_BANDS]; // lower triangular, times its transpose: the noise; or 0
    // means over windows
    uint32_t windows; // in them
    uint32_t missed;  // hops since the last answer
    // [rate][pair of bands], row by row of the lower triangle: their covariance
    float together[EDGE_BREATH_RATES][EDGE_BAND_PAIRS];
    float heart_noise[EDGE_BAND_PAIRS];
    float breath_strength[EDGE_BREATH_RATES];
    float heart_strength[EDGE_HEART_RATES];
    edge_rate_t breath;
    edge_rate_t heart;
} edge_rhythm_t;
