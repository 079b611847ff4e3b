// The parts of a synthetic frame: the paths of a room and the persons in it make a field at the
// receiver, and a radio makes a frame of that. In fixed point: an angle is a uint32_t, of which
// 2^32 is a full turn.
#pragma once

#include "mock_csi.h"

// ---- fixed-point arithmetic (mock_fixed.c) ------------------------------------------------------

// A well mixed function of its argument (the finalizer of MurmurHash3).
static inline uint32_t mock_mix(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x85EBCA6Bu;
    x ^= x >> 13;
    x *= 0xC2B2AE35u;
    return x ^ (x >> 16);
}

// Another word for every index.
static inline uint32_t mock_draw(uint32_t seed, uint32_t index)
{
    return mock_mix(mock_mix(seed) + 0x9E3779B9u * (index + 1u));
}

// The sum of four uniform bytes, less its mean: nearly normal, standard deviation 147.8.
static inline int32_t mock_normal(uint32_t word)
{
    return (int32_t)((word & 0xFFu) + ((word >> 8) & 0xFFu) + ((word >> 16) & 0xFFu) +
                     (word >> 24)) -
           510;
}

// A complex number; what its unit is, its user says.
typedef struct {
    int32_t re;
    int32_t im;
} mock_phasor_t;

// a b / 2^15, rounded. |a| |b| is below 2^31.
static inline mock_phasor_t mock_times(mock_phasor_t a, mock_phasor_t b)
{
    return (mock_phasor_t){(a.re * b.re - a.im * b.im + (1 << 14)) >> 15,
                           (a.re * b.im + a.im * b.re + (1 << 14)) >> 15};
}

int32_t mock_sine(uint32_t turn);   // times 2^15; within 9e-5 of the sine
int32_t mock_cosine(uint32_t turn); // the same, a quarter turn on

// exp(-u / 2^12) times 2^15, within 1.5e-4, for u >= 0.
int32_t mock_exp(uint32_t u);

// Of that length and angle. |length| is below 2^16.
mock_phasor_t mock_phasor(int32_t length, uint32_t turn);

// From 0 to 2^16 while `at` goes from 0 to `whole`, at rest at both ends.
int64_t mock_eased(int64_t at, int64_t whole);

// A whole number of counts of a converter, from `value` / 2^bits.
int8_t mock_count(int32_t value, uint32_t bits);

// The angle that `milli_a_minute` thousandths of a turn a minute have come to after t_us.
uint32_t mock_oscillation(uint32_t milli_a_minute, int64_t t_us);

// ---- the scene ----------------------------------------------------------------------------------

#define MOCK_EDGE           26 // carriers -26 to 26 of a long training field
#define MOCK_CARRIERS       53u
#define MOCK_CLEAN_CARRIERS 56u
#define MOCK_MAX_PERSONS    2u
#define MOCK_MAX_MOVERS     8u // a person has four parts that reflect

// A moment in a room. Slots and times count from the start of the scenario, and from the start of
// the room; random numbers of a slot depend on the latter.
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
