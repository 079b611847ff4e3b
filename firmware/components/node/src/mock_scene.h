// What a scenario's room looks like to a radio: the persons in it, and the channel state they
// cause.
#pragma once

#include <stdint.h>

#include "mock_csi.h"

#define MOCK_MAX_PERSONS 2u

typedef struct {
    mock_scenario_t scenario;
    uint32_t seed;
    uint32_t room_frame; // since the room began: the noise is another one in every frame
    uint32_t frame;      // since the scenario began
} mock_moment_t;

// The room as one channel sees it. `iq` of another channel needs another one.
typedef struct {
    uint32_t seed;
    uint8_t channel;
    int32_t amplitude[MOCK_SUBCARRIERS];                    // times 2^8
    uint32_t phase[MOCK_SUBCARRIERS];                       // turns
    uint32_t turns_per_um[MOCK_SUBCARRIERS];                // 1 / wavelength
    int32_t shading[MOCK_MAX_PERSONS][MOCK_SUBCARRIERS];    // of the amplitude, times 2^15, -1..1
    int32_t reflection[MOCK_MAX_PERSONS][MOCK_SUBCARRIERS]; // of the phase, times 2^8, 0.75..1
} mock_room_t;

void mock_room_init(mock_room_t *room, uint32_t seed, uint8_t channel);

// The frame's pairs (I, Q) at this moment.
void mock_scene_frame(const mock_room_t *room, const mock_moment_t *moment,
                      int8_t *iq /*[MOCK_SUBCARRIERS][2]*/);

// Where a person is, against the far end of the way in, and how far the chest has moved.
typedef struct {
    int32_t distance_um;
    int32_t way_um;       // from the far end; what turns the phase
    uint32_t chest_turns; // breathing and heart
} mock_pose_t;

// How many persons the scenario has, 0 to MOCK_MAX_PERSONS; their poses at this moment.
uint32_t mock_persons(const mock_moment_t *moment, mock_pose_t *poses /*[MOCK_MAX_PERSONS]*/);
