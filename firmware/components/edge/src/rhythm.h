// Rhythms: breathing and heartbeat in the amplitudes.
#pragma once

#include "edge_rhythm.h"

void edge_rhythm_restart(edge_rhythm_t *rhythm);

// `moving`: a body's movement hides the rhythm.
void edge_rhythm_bin(edge_rhythm_t *rhythm, const edge_bin_t *bin, bool moving);
