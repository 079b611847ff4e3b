// The room: what it is like when empty, and what that makes of the present movement. Its state.
#pragma once

#include "edge_bin.h"
#include "edge_movement.h"

#define EDGE_BLOCK_TICKS 10u // a block is 2 s
#define EDGE_BLOCKS      15u // 30 s

// The slow baseline: how much the amplitudes change in this room when nobody moves.
typedef struct {
    float level;
    float sum; // over the ticks of this block
    uint32_t ticks;
    float jump_sum;
    uint32_t jumps;
    bool lively; // all of them
    float blocks[EDGE_BLOCKS];
    float rough[EDGE_BLOCKS]; // mean jump of each
    uint32_t n_blocks, next;
} edge_baseline_t;

// Where the channel's strength lies: the bands' means.
typedef struct {
    uint32_t bins;                    // of the empty room
    uint32_t learnt;                  // bit b: band b was there in all of them
    float empty[EDGE_MOVEMENT_BANDS]; // its mean in them
    bool begun;
    float recent[EDGE_MOVEMENT_BANDS]; // over about ten seconds
} edge_profile_t;

// Falls: a short burst of fast change between two calms. In bins of 20 ms: calm, an edge that
// belongs to neither, the burst, an edge, calm.
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

typedef struct {
    uint32_t calibration_bins;
    uint32_t bins; // of calibration, so far
    bool calibrating;
    bool breathed;    // breathing was heard while calibrating
    float steadiness; // of the calibration: from 1, as in a room without movement, to 0
    edge_baseline_t baseline;
    edge_profile_t profile;
    float shift;  // of the environment, over half a minute
    float lately; // evidence of movement: 1 for much of it, fades over minutes
    edge_fall_t fall;
} edge_room_t;
