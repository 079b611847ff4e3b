// The front end: from frames of one link to bins. Its state; the functions are in front.h.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edge_bin.h"

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
