// The room: what it is like when empty, and what that makes of the present movement. Its state.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edge_bin.h"

typedef struct {
    uint32_t calibration_bins;
    uint32_t bins; // of calibration, so far
    bool calibrating;
    float baseline; // of the movement's score
} edge_room_t;
