// Rhythms: breathing and heartbeat in the amplitudes. Their state.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edge_bin.h"

typedef struct {
    float bpm;
    float conf;
    bool valid;
    uint32_t persons; // who breathe apart from each other; at least 1 where `valid`
} edge_rhythm_t;
