// Where the kernel's time goes. Compiled in with RUV_PROFILE, which the images for testing define:
// elsewhere these functions are absent. A mark costs three instructions while nobody measures.
#pragma once

#include <stdint.h>

typedef enum {
    RUV_PHASE_OTHER,
    RUV_PHASE_PROJECT,    // products with weight matrices
    RUV_PHASE_CANDIDATES, // which tokens and landmarks a token sees
    RUV_PHASE_SCORES,
    RUV_PHASE_WEIGHTS, // exp and its sum
    RUV_PHASE_SUMS,    // weighted sums of values
    RUV_PHASE_LANDMARKS,
    RUV_PHASES,
} ruv_phase_t;

typedef struct {
    uint64_t cycles[RUV_PHASES]; // of the clock, without what the marks themselves took
    uint64_t macs[RUV_PHASES];   // multiply-accumulates
    uint32_t marks;
} ruv_profile_t;

// Measures from here to ruv_profile_stop.
void ruv_profile_start(uint64_t (*clock)(void));

// All zeros when nothing was measured.
ruv_profile_t ruv_profile_stop(void);
