// What the frames say of the room: motion, presence, falls, anomaly, and what it is like when
// empty.
#pragma once

#include "edge_state.h"

// What one frame measured.
typedef struct {
    float energy;       // mean squared phase rate, (rad/s)²
    float score;        // mean squared deviation of the slots, rad²
    float acceleration; // mean squared change of their deltas, rad²
    bool has_acceleration;
    float power; // mean I² + Q² of a pair
} edge_measured_t;

void edge_room_calibrate(edge_t *edge); // from the next frame on

// While calibrating: finds out from the common rotation whether sender and receiver share a clock.
// True when the answer is another than before; what was learnt so far is forgotten then.
bool edge_room_judge_clock(edge_t *edge, float common_cos);

void edge_room_update(edge_t *edge, const edge_measured_t *measured);

// Falls and accelerations cannot be told across a gap.
void edge_room_interrupt(edge_t *edge);

// Once a second: compares the channel's profile with the empty room's.
void edge_room_environment(edge_t *edge);
