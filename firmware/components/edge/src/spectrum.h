// Doppler bands: what the temporal head is fed with.
#pragma once

#include "edge_spectrum.h"

void edge_spectrum_init(edge_spectrum_t *spectrum, uint32_t every);
void edge_spectrum_restart(edge_spectrum_t *spectrum);

void edge_spectrum_bin(edge_spectrum_t *spectrum, const edge_bin_t *bin);
