// The environment: how far the channel's strength has moved to other bands since the empty room.
#pragma once

#include "edge_room.h"

// While calibrating: one bin more of the empty room.
void edge_profile_learn(edge_profile_t *profile, const edge_movement_t *movement);

void edge_profile_forget(edge_profile_t *profile);    // what was learnt
void edge_profile_interrupt(edge_profile_t *profile); // the present is not known

void edge_profile_bin(edge_profile_t *profile, const edge_movement_t *movement);

// The share of strength that lies in other bands than when the room was empty, 0..1; 0 where that
// was never learnt.
float edge_profile_shift(const edge_profile_t *profile, const edge_movement_t *movement);
