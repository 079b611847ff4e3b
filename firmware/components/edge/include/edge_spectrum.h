// Doppler bands: what the temporal head is fed with. Its state.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edge_bin.h"

#define EDGE_SPECTRUM_LEN 16u

typedef struct {
    uint32_t every; // bins a spectrum; 0: none is computed
    uint32_t count; // spectra since edge_init
    float values[EDGE_SPECTRUM_LEN];
} edge_spectrum_t;
