// The slow baseline: how much the amplitudes change when nobody moves.
#pragma once

#include "edge_room.h"
#include "movement.h"

void edge_baseline_init(edge_baseline_t *baseline);

// What lies between now and before is not known.
void edge_baseline_interrupt(edge_baseline_t *baseline);

// Sets the level from what the blocks of a calibration hold. How steady they were, 0..1.
float edge_baseline_learn(edge_baseline_t *baseline);

// One tick of movement. `follow`: the level may change.
void edge_baseline_tick(edge_baseline_t *baseline, const edge_movement_t *movement, bool follow);
