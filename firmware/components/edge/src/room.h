// The room: what it is like when empty, and what that makes of the present movement.
#pragma once

#include "edge_features.h"

void edge_room_init(edge_room_t *room, uint32_t calibration_ms);
void edge_room_calibrate(edge_room_t *room); // from the next bin on

// What lies between now and before is not known.
void edge_room_interrupt(edge_room_t *room);

// The same, and the carriers are another link's.
void edge_room_relink(edge_room_t *room);

// Fills motion, presence, anomaly, env_shift, motion_energy, presence_score, presence_threshold,
// active and falls, and sets fall where one has begun. `breath`: breathing is valid.
void edge_room_bin(edge_room_t *room, const edge_movement_t *movement, bool breath,
                   edge_features_t *out);

// The room's bits of quality_flags.
uint16_t edge_room_flags(const edge_room_t *room, const edge_features_t *out);
