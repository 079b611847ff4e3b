// Movement: how much the amplitudes change at the pace of a body.
#pragma once

#include "edge_movement.h"

void edge_movement_restart(edge_movement_t *movement);

void edge_movement_bin(edge_movement_t *movement, const edge_bin_t *bin);
