// What the bytes of a frame mean: which carriers its pairs are.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CSI_MAX_RUNS 8u

typedef struct {
    uint16_t pair;   // of the first carrier
    int16_t carrier; // its index; the others follow one by one
    uint16_t count;
} csi_run_t;

typedef struct {
    uint8_t basis; // frames of one basis have the same carriers
    bool plain;    // the layout is not known: pairs as they lie
    uint8_t n_runs;
    csi_run_t runs[CSI_MAX_RUNS];
} csi_carriers_t;

void csi_layout_carriers(uint16_t layout, uint32_t n_subcarriers,
                         const int8_t *iq /*[n_subcarriers][2]*/, csi_carriers_t *out);
