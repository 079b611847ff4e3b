// Channel state on the clock of the features: one bin in 20 ms, whatever the radio delivered.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define EDGE_SLOTS      64u
#define EDGE_BIN_US     20000u
#define EDGE_BIN_HZ     50u
#define EDGE_SILENCE_US 3000000u // after which nothing is known of the room

// Ratios are of carriers six apart: near enough to see the same paths, far enough to differ.
#define EDGE_RATIO_STEP 6u
#define EDGE_RATIOS     (EDGE_SLOTS - EDGE_RATIO_STEP)

// A slot is a carrier of a 20 MHz training field, by its index: carrier k lies in slot k + 32.
// Where there are more carriers than slots, neighbours share one.
typedef struct {
    uint64_t mask; // bit s: slot s holds a carrier that this link uses
    uint32_t used; // bits in it
    bool held;     // no frame fell into this bin: it repeats the one before
    // Amplitude over the mean amplitude of the used slots, so that no gain is left in it; mean over
    // the bin's frames; 0 where a slot is not used.
    float n[EDGE_SLOTS];
    // z[s + 6] conj(z[s]) over the square of the mean amplitude: free of gain and of the phase that
    // all carriers share. (re, im); 0 where one of the two is not used.
    float ratio[EDGE_RATIOS][2];
} edge_bin_t;

static inline bool edge_bin_uses(const edge_bin_t *bin, uint32_t slot)
{
    return (bin->mask >> slot & 1u) != 0;
}
