// Movement: how much the amplitudes change at the pace of a body. Its state.
#pragma once

#include "edge_bin.h"

#define EDGE_MOVEMENT_BANDS 16u // of four neighbouring slots each
#define EDGE_TICK_BINS      10u // a tick is 0.2 s
#define EDGE_SCORE_TICKS    15u // 3 s
#define EDGE_TICKS_PER_S    (EDGE_BIN_HZ / EDGE_TICK_BINS)
#define EDGE_FRESH_NEEDED   3u // bins with a frame, before change is computed

typedef struct {
    uint32_t used;  // bit b: band b holds a carrier
    uint32_t fresh; // bins with a frame of their own since the start, up to EDGE_FRESH_NEEDED
    float band[EDGE_MOVEMENT_BANDS]; // mean n of the band's carriers, in the last bin with a frame
    float before[2][EDGE_MOVEMENT_BANDS]; // the same of the two such bins before it, the newer one
                                          // first
    float smooth[EDGE_MOVEMENT_BANDS];    // the median of these three
    float fast[EDGE_MOVEMENT_BANDS];      // running means of it
    float slow[EDGE_MOVEMENT_BANDS];
    float jump;    // of this bin from the one with a frame before it; -1: not known
    float sum;     // over the bins of this tick: median over the bands of |fast - slow|
    uint32_t bins; // in it
    uint32_t silent, max_silent; // bins without a frame in a row: now, and the most in this tick
    float jump_sum; // of the jumps known in this tick; of the whole tick where it is complete
    uint32_t jumps;
    bool ticked; // this bin completed a tick:
    bool lively; // a tick with frames throughout, well after the start
    float tick;  // its mean
    float ticks[EDGE_SCORE_TICKS];
    uint32_t n_ticks, next;
    float score; // of the last three seconds: the mean of the quieter four fifths of their ticks
} edge_movement_t;
