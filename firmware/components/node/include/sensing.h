// Sensing: a source of channel state, what is made of its frames, and when.
#pragma once

#include "adaptive_controller.h"
#include "edge_features.h"
#include "esp_err.h"
#include "mock_csi.h"

typedef enum {
    SENSING_NONE = 0,
    SENSING_RADIO = 1,
    SENSING_MOCK = 2,
    SENSING_SCRIPT = 3, // frames that the agent injects
} sensing_source_t;

void sensing_start(void); // after boot and restore: the source that belongs to this build, or none
sensing_source_t sensing_source(void);

// Makes a synthetic scenario the source. If its room is another than before, the node learns it
// anew. ESP_ERR_INVALID_STATE: the radio is the source.
esp_err_t sensing_play(mock_scenario_t scenario, uint32_t seed);
void sensing_stop_playing(void);

// Takes a frame as if it came from a radio's callback. Where there is no source, injection becomes
// the source.
void sensing_inject_frame(const csi_frame_t *frame);

// From now on frames are injected, and the node learns the room anew.
// ESP_ERR_INVALID_STATE: the radio is the source.
esp_err_t sensing_begin_injection(void);

void sensing_recalibrate(void); // takes the room for the empty one from now on

void sensing_run(void);      // source, ring, features, packets: what is due
uint64_t sensing_next(void); // MACHINE_NEVER without a source

// How far the node has got with its source: RADIO_INIT until the first frame, TIME_SYNC while the
// frame rate is measured, CALIBRATION, then SENSE_IDLE. SENSE_IDLE too where no first frame comes
// within EDGE_SILENCE_US.
controller_state_t sensing_phase(void);

// False without a source, and nothing is written.
bool sensing_observe(observation_t *out);

const edge_features_t *sensing_features(void);
float sensing_rate_hz(void); // frames a second, of the last two seconds; 0: none
