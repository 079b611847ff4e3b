// The adaptive controller: three loops on the node's clock.
//   fast, 200 ms: take the observation, decide, send the feature state, feed the temporal task
//   medium, 1 s:  log a change of state
//   slow, 30 s:   one line of health
#pragma once

#include <stdint.h>

#define CONTROLLER_FEATURES 9u // floats of one feature frame

typedef enum {
    STATE_BOOT = 0,
    STATE_SELF_TEST = 1,
    STATE_RADIO_INIT = 2,
    STATE_TIME_SYNC = 3,
    STATE_CALIBRATION = 4,
    STATE_SENSE_IDLE = 5,
    STATE_SENSE_ACTIVE = 6,
    STATE_ALERT = 7,
    STATE_DEGRADED = 8,
} controller_state_t;

// How the radio captures; the `mode` of the feature state packet.
typedef enum {
    PROFILE_PASSIVE_LOW_RATE = 0,
    PROFILE_ACTIVE_PROBE = 1,
    PROFILE_RESPIRATION = 2,
    PROFILE_FAST_MOTION = 3,
    PROFILE_CALIBRATION = 4,
} capture_profile_t;

typedef struct {
    union {
        struct {
            float motion;
            float presence;
            float respiration_bpm;
            float respiration_conf;
            float heartbeat_bpm;
            float heartbeat_conf;
            float anomaly;
            float env_shift;
            float coherence;
        };
        float features[CONTROLLER_FEATURES]; // the same, as the temporal task takes them
    };
    uint16_t pkt_yield; // frames a second
    uint16_t quality_flags;
} observation_t;

typedef struct {
    controller_state_t state;
    capture_profile_t profile;
} decision_t;

// All but the yield are scores, 0..1.
typedef struct {
    uint16_t min_pkt_yield; // frames a second; below: degraded
    float coherence;        // below: degraded
    float anomaly;          // from here on: alert
    float motion;           // from here on: active
    float presence;         // from here on, with motion below `still`: the respiration profile
    float still;
} controller_thresholds_t;

// Pure: the same observation and thresholds give the same decision.
decision_t controller_decide(const observation_t *observation,
                             const controller_thresholds_t *thresholds);

void controller_self_test(void); // the state while the node tests itself, before anything else
void controller_start(void);     // the loops start over from now, with nothing observed
void controller_run(void);       // runs the loops that are due
uint64_t controller_next(void);

// Replaces what is sensed, until the next call or the next start.
void controller_observe(const observation_t *observation);
controller_state_t controller_state(void);
uint32_t controller_feature_seq(void); // feature states sent since the start
