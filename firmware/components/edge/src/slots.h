// The slots: the up to eight pairs whose phase varies most among those with enough signal.
#pragma once

#include "edge_state.h"

// Chooses anew. A pair in a slot stays unless another's variance is a quarter above its own.
void edge_slots_select(edge_t *edge);

// All slots empty, as when nothing is known of the link.
void edge_slots_clear(edge_t *edge);

// Mean of the squared deviations of this frame, before it is learnt; rad².
float edge_slots_score(const edge_t *edge);

// Mean of the squared changes of delta since the frame before, rad²; false when there was none.
// `regular`: delta is of exactly one frame period.
bool edge_slots_acceleration(edge_t *edge, bool regular, float *out);
