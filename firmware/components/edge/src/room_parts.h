// What the judgement of the room is made of.
#pragma once

#include "edge_parts.h"

// ---- the slow baseline: how much the amplitudes change when nobody moves ------------------------

void edge_baseline_init(edge_baseline_t *baseline);

// What lies between now and before is not known.
void edge_baseline_interrupt(edge_baseline_t *baseline);

// Sets the level from what the blocks of a calibration hold. Returns how steady they were, 0..1.
float edge_baseline_learn(edge_baseline_t *baseline);

// One tick of movement. `follow`: the level may change.
void edge_baseline_tick(edge_baseline_t *baseline, const edge_movement_t *movement, bool follow);

// ---- the environment: how far the strength has moved to other bands since the empty room --------

// While calibrating: one bin more of the empty room.
void edge_profile_learn(edge_profile_t *profile, const edge_movement_t *movement);

void edge_profile_forget(edge_profile_t *profile);    // what was learnt
void edge_profile_interrupt(edge_profile_t *profile); // the present is not known

void edge_profile_bin(edge_profile_t *profile, const edge_movement_t *movement);

// The share of strength that lies in other bands than when the room was empty, 0..1; 0 where that
// was never learnt.
float edge_profile_shift(const edge_profile_t *profile, const edge_movement_t *movement);

// ---- falls: a short burst of fast change between two calms --------------------------------------

#define EDGE_FALL_VIOLENCE 3.25f // from here on a burst is a fall

void edge_fall_restart(edge_fall_t *fall);

// One bin; jump: as in edge_movement_t. Whether a fall is found now, 2.2 s after it ended.
bool edge_fall_bin(edge_fall_t *fall, float jump);
