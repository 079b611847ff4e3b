// The parts of a synthetic frame: the paths of a room and the persons in it make a field, and a
// radio makes a frame of that.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "mock_csi.h"
#include "mock_fixed.h"

#define MOCK_EDGE           26 // carriers -26 to 26 of a long training field
#define MOCK_CARRIERS       53u
#define MOCK_CLEAN_CARRIERS 56u
#define MOCK_MAX_PERSONS    2u
#define MOCK_MAX_MOVERS     8u // a person has four parts that reflect

// A moment in a room. Slots and times count from when the scenario began, and from when the room
// did: what is drawn anew in every slot is drawn by the latter.
typedef struct {
    mock_scenario_t scenario;
    uint32_t seed;
    uint32_t slot;
    uint32_t room_slot;
    int64_t t_us;
    int64_t room_us;
} mock_moment_t;

// A path that changes: its strength (2^15 is the direct path's), the angle that its reflection
// adds, and its present length.
typedef struct {
    int32_t strength;
    uint32_t angle;
    int32_t way_um;
} mock_mover_t;

// What a room's radio is like.
typedef struct {
    int32_t level;        // of the direct path, counts times 2^9
    int32_t noise;        // of a triangle of 104.5, counts times 2^21
    uint32_t loss;        // of 2^16 frames
    uint32_t delay_us;    // four times the mean wait for the channel
    int32_t slope;        // between carriers, 2^32 a turn
    int32_t slope_jitter; // that of a normal of 147.8, from frame to frame
    uint32_t steady;      // of 256 frames have the usual gain
    bool is_classic;      // an ESP32, the first four bytes of whose frames are no channel state
} mock_radio_t;

// What becomes of the frame of a slot, `delay_us` into which it is sent.
typedef struct {
    uint32_t delay_us;
    bool is_lost;
    bool is_late;  // handed over with the next slot's
    bool is_twice; // handed over two times
    bool is_odd;   // as another antenna would have heard it
    uint32_t word; // for what else is drawn of it
} mock_slot_t;

// The paths that do not change, summed, as one channel hears them.
typedef struct {
    uint8_t channel;
    mock_phasor_t still[MOCK_CARRIERS];
} mock_room_t;

static inline uint32_t mock_drawn(uint32_t seed, uint32_t index, uint32_t least, uint32_t spread)
{
    return least + mock_draw(seed, index) % spread;
}

static inline uint32_t mock_channel_khz(uint8_t channel)
{
    return 2412000u + 5000u * (channel - 1u);
}

// The angle by which an um of path turns a carrier: khz over the speed of light, times 2^32.
static inline uint32_t mock_turns_per_um(uint32_t khz)
{
    return (uint32_t)((khz * UINT64_C(15382929)) >> 30); // 1 kHz / (um/s), times 2^62
}

void mock_room_init(mock_room_t *room, uint32_t seed, uint8_t channel);
void mock_room_field(const mock_room_t *room, const mock_moment_t *moment,
                     mock_phasor_t *field /*[MOCK_CARRIERS]*/);

// Returns how many paths go by way of the scenario's persons.
uint32_t mock_persons(const mock_moment_t *moment, mock_mover_t *movers /*[MOCK_MAX_MOVERS]*/);

void mock_radio_init(mock_radio_t *radio, uint32_t seed);
mock_slot_t mock_radio_slot(const mock_radio_t *radio, uint32_t seed, uint32_t room_slot);

// The frame's pairs (imaginary, real) in the order of a radio: 0 to 31, -32 to -1.
void mock_radio_receive(const mock_radio_t *radio, const mock_slot_t *slot,
                        const mock_moment_t *moment, const mock_phasor_t *field /*[MOCK_CARRIERS]*/,
                        int8_t *iq /*[MOCK_PAIRS][2]*/);

// The clean picture: pairs (real, imaginary), ascending.
void mock_clean_frame(const mock_moment_t *moment, uint8_t channel,
                      int8_t *iq /*[MOCK_CLEAN_CARRIERS][2]*/);
