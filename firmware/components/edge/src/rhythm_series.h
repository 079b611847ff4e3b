// The series that rhythms are looked for in.
#pragma once

#include "edge_rhythm.h"

void edge_series_restart(edge_series_t *series);

// Takes a bin; true when a sample of 200 ms is complete and its change lies in `rows`.
bool edge_series_bin(edge_series_t *series, const edge_bin_t *bin);

// Frames of their own that the bins of the last window had, one a bin at most.
uint32_t edge_series_fresh(const edge_series_t *series);

// Mean square of what the last EDGE_WINDOW samples hold.
float edge_series_power(const edge_series_t *series);
