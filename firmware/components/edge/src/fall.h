// Falls: a short burst of fast change between two calms.
#pragma once

#include "edge_fall.h"

#define EDGE_FALL_VIOLENCE 3.25f // from here on a burst is a fall

void edge_fall_restart(edge_fall_t *fall);

// One bin; jump: as in edge_movement_t. Whether a fall is found now, 2.2 s after it ended.
bool edge_fall_bin(edge_fall_t *fall, float jump);
