// Movement: how much the amplitudes change at the pace of a body. Its state.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edge_bin.h"

typedef struct {
    bool begun;
    float fast[EDGE_SLOTS]; // running means of n
    float slow[EDGE_SLOTS];
    float now;   // median over the carriers of |fast - slow|
    float score; // its mean over about two seconds
} edge_movement_t;
