// The slots: the up to eight pairs whose phase varies most among those with enough signal.
#pragma once

#include "edge_state.h"

// Chooses anew. A pair in a slot stays unless another's variance is a quarter above its own.
void edge_slots_select(edge_t *edge);

// All slots empty, as when nothing is known of the link.
void edge_slots_clear(edge_t *edge);

// Accelerations start anew.
void edge_slots_restart(edge_t *edge);

// Mean of the squared deviations of this frame, before it is learnt; rad².
float edge_slots_score(const edge_t *edge);

// Mean of the squared changes of the phase rate, rad²: a rate is the sum of `stride` deltas, and
// its change that from the `stride` before. False when there are none. `regular`: delta is of
// exactly one frame period; else a pair has to start anew.
bool edge_slots_acceleration(edge_t *edge, bool regular, float *out);
