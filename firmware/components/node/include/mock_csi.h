// Synthetic channel state: 20 frames a second in thirteen scenarios, for boards without an access
// point and for machines without a radio. Everything is integer arithmetic, so that a scenario and
// a seed give the same bytes on every machine; docs/sensing.md describes it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "esp_err.h"

#define MOCK_PERIOD_US 50000u // a slot: one frame is sent in each
#define MOCK_PAIRS     64u
#define MOCK_CHANNEL   6u

typedef enum {
    MOCK_EMPTY = 0,
    MOCK_STATIC_PERSON = 1,
    MOCK_WALKING = 2,
    MOCK_FALL = 3,
    MOCK_MULTI_PERSON = 4,
    MOCK_CHANNEL_SWEEP = 5,
    MOCK_MAC_FILTER = 6,    // a stranger's frame in every slot
    MOCK_RING_OVERFLOW = 7, // for one second in four no frame is taken out of the ring
    MOCK_RSSI_BOUNDARY = 8, // signal strengths at the ends of their range
    MOCK_ZERO_LENGTH = 9, // in every slot an empty frame, in one of ten also one that is too large
    MOCK_CLEAN = 10,      // a person who sits, received by a radio without faults
    MOCK_FAN = 11,
    MOCK_GAIN_STEP = 12, // the empty room; the gain changes every few seconds
    MOCK_SCENARIOS
} mock_scenario_t;

// Sets the collector up for the scenario and begins it; the first frame comes within one period.
// The seed chooses the room: with the seed of the scenario before, time in that room goes on.
//   ESP_ERR_INVALID_ARG  no such scenario
esp_err_t mock_csi_start(mock_scenario_t scenario, uint32_t seed);
void mock_csi_stop(void);
bool mock_csi_is_active(void);
mock_scenario_t mock_csi_scenario(void); // the last one begun
uint32_t mock_csi_seed(void);

void mock_csi_run(void);      // hands what is due to the collector
uint64_t mock_csi_next(void); // MACHINE_NEVER when no scenario is active
