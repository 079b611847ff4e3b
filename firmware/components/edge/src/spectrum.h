// Doppler bands: how fast what is in the room changes the channel.
//
// Every `every` bins of 20 ms, from the 64 bins that went by: the power of each carrier's amplitude
// and of each ratio of two carriers, less its mean, in the window of Hann, at 1 to 32 times
// 50/64 Hz, mean over the carriers; eight bands of that; the logarithm of each. A spectrum's work
// is spread over the bins until the next one, at most EDGE_SPECTRUM_TURN.
#pragma once

#include "edge_spectrum.h"

void edge_spectrum_init(edge_spectrum_t *spectrum, uint32_t every);

// Nothing is known of what went by: the next spectrum comes when there are 64 bins again.
void edge_spectrum_restart(edge_spectrum_t *spectrum);

void edge_spectrum_bin(edge_spectrum_t *spectrum, const edge_bin_t *bin);
