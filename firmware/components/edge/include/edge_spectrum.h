// Doppler bands: what the temporal head is fed with. Their state.
#pragma once

#include "edge_bin.h"

#define EDGE_SPECTRUM_LEN  16u
#define EDGE_SPECTRUM_BINS 64u // that a spectrum is made of: 1.28 s
#define EDGE_SPECTRUM_TURN 6u  // bins over which its work is spread, where there are as many
#define EDGE_SPECTRUM_RING (EDGE_SPECTRUM_BINS + EDGE_SPECTRUM_TURN - 1u)
#define EDGE_SPECTRUM_LINE 32u // frequencies of 1/1.28 Hz to 25 Hz, either direction

typedef struct {
    uint32_t every; // bins a spectrum; 0: none is computed
    uint32_t count; // spectra since edge_init
    float values[EDGE_SPECTRUM_LEN];
    // the last bins, in fixed point
    int16_t n[EDGE_SPECTRUM_RING][EDGE_SLOTS];
    int16_t ratio[EDGE_SPECTRUM_RING][EDGE_RATIOS][2];
    uint32_t next;              // where the next bin goes
    uint32_t due;               // bins until there is a spectrum to begin
    uint8_t in_use[EDGE_SLOTS]; // bins in a row that a slot was used, at most 64
    // the spectrum under way
    uint32_t first;        // its oldest bin
    uint32_t left;         // transforms to do
    uint32_t a_turn;       // transforms to do in a bin
    uint64_t amplitudes;   // slots that are left
    uint64_t ratios;       // ratios that are left
    uint32_t n_amplitudes; // that there were
    uint32_t n_ratios;
    float power[2][EDGE_SPECTRUM_LINE]; // sums over the amplitudes' pairs, over the ratios
} edge_spectrum_t;
