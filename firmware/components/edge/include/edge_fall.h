// Falls: a short burst of fast change between two calms. Its state.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edge_bin.h"

// Bins of 20 ms: calm, an edge that belongs to neither, the burst, an edge, calm.
#define EDGE_CALM_BINS  100u
#define EDGE_EDGE_BINS  10u
#define EDGE_BURST_BINS 20u
#define EDGE_FALL_BINS  (2u * EDGE_CALM_BINS + 2u * EDGE_EDGE_BINS + EDGE_BURST_BINS)

typedef struct {
    float jump[EDGE_FALL_BINS]; // how far each bin lies from the one before; -1: not known
    uint32_t filled, next;
    uint32_t bins;  // since it was looked at last
    uint32_t pause; // bins until the next fall may begin
    float violence; // of the burst over the calm around it; 0 where too little is known
    bool looked;    // in this bin
} edge_fall_t;
