// The clean picture: a radio without clocks of its own, gain or loss, and one person who sits.
// Amplitude A_base + A_person exp(-d²/sigma²) + noise, phase phi_base + 2 pi d / lambda + breathing
// + noise, rounded to int8: breathing is in the phase alone.
#include "mock_scene.h"

#define AMPLITUDE        (40 * 256)
#define FADING           (10 * 256)
#define RIPPLE           (4 * 256)
#define PERSON_AMPLITUDE (12 * 256)
#define SIGMA_MM         1500u
#define AMPLITUDE_NOISE  111   // times a normal of 147.8, over 2^7: 0.5 of 2^8
#define PHASE_NOISE      46247 // times a normal of 147.8: 0.01 rad

#define SUBCARRIER_KHZ 312u // 312.5: k / 2 is added where it is used

#define NEAREST_UM 1600000 // distance of the place where the person sits
#define SPREAD_UM  800000u
#define WAY_IN_UM  600000
#define WAY_IN     60 // frames

#define FRAMES_A_MINUTE 1200u
#define BREATH_MIN      8300 // turns times 2^17, times a sine of 2^15 an angle: 0.4 rad
#define BREATH_SPREAD   2100u
#define HEART_TURNS     1040 // 0.05 rad

enum {
    DRAW_FADING,
    DRAW_FADING_STEP,
    DRAW_RIPPLE,
    DRAW_RIPPLE_STEP,
    DRAW_PHASE,
    DRAW_SLOPE,
    DRAW_BEND,
    DRAW_SHADING,
};

enum {
    DRAW_PLACE = 0x1014,
    DRAW_BREATH_RATE,
    DRAW_BREATH_DEPTH,
    DRAW_BREATH_START,
    DRAW_HEART_RATE,
    DRAW_HEART_START
};

// The person at present.
typedef struct {
    int32_t way_um; // from the place where they came in; it turns the phase
    uint32_t chest; // turns: breathing and heart
    int32_t shade;  // of the amplitude, times 2^8
} person_t;

static int32_t scaled(int32_t amplitude, int32_t share)
{
    return (amplitude * share) >> 15;
}

static int32_t wave(uint32_t seed, uint32_t start, uint32_t least_step, uint32_t k)
{
    const uint32_t step = least_step + (mock_draw(seed, start + 1u) >> 6); // + up to 1/64 turn
    return mock_sine(mock_draw(seed, start) + k * step);
}

static uint32_t turns_per_um(uint8_t channel, uint32_t k)
{
    const uint32_t half = MOCK_CLEAN_CARRIERS / 2u;
    return mock_turns_per_um(mock_channel_khz(channel) + k * SUBCARRIER_KHZ + k / 2u -
                             half * SUBCARRIER_KHZ - half / 2u);
}

// The angle of an oscillation of `milli_a_minute` thousandths of a turn a minute.
static uint32_t oscillation(uint32_t milli_a_minute, uint32_t frame)
{
    return (uint32_t)(((uint64_t)milli_a_minute << 32) / (1000u * FRAMES_A_MINUTE)) * frame;
}

// The angle that breathing and heart add, which grows during the way in.
static uint32_t chest(uint32_t seed, uint32_t frame)
{
    const uint32_t breaths = mock_drawn(seed, DRAW_BREATH_RATE, 12000, 8001);
    const uint32_t beats = mock_drawn(seed, DRAW_HEART_RATE, 60000, 25001);
    const int64_t depth = mock_drawn(seed, DRAW_BREATH_DEPTH, BREATH_MIN, BREATH_SPREAD);
    const uint32_t breath = oscillation(breaths, frame) + mock_draw(seed, DRAW_BREATH_START);
    const uint32_t beat = oscillation(beats, frame) + mock_draw(seed, DRAW_HEART_START);
    const int64_t moved = depth * mock_sine(breath) + HEART_TURNS * mock_sine(beat);
    return (uint32_t)(int32_t)((moved * mock_eased(frame, WAY_IN)) >> 16);
}

static person_t person_of(const mock_moment_t *moment)
{
    const int32_t way = -(int32_t)((WAY_IN_UM * mock_eased(moment->slot, WAY_IN)) >> 16);
    const int32_t place = (int32_t)mock_drawn(moment->seed, DRAW_PLACE, NEAREST_UM, SPREAD_UM);
    const uint32_t mm = (uint32_t)(place + WAY_IN_UM + way) / 1000u;
    const uint32_t far = (uint32_t)(((uint64_t)mm * mm << 12) / (SIGMA_MM * SIGMA_MM));
    return (person_t){way, chest(moment->seed, moment->slot),
                      scaled(PERSON_AMPLITUDE, mock_exp(far))};
}

void mock_clean_frame(const mock_moment_t *moment, uint8_t channel,
                      int8_t *iq /*[MOCK_CLEAN_CARRIERS][2]*/)
{
    const uint32_t own = mock_draw(moment->seed, 0x100u + channel);
    const uint32_t noise = mock_draw(moment->seed ^ 0x5EED0000u, moment->room_slot);
    const person_t person = person_of(moment);
    for (uint32_t k = 0; k < MOCK_CLEAN_CARRIERS; k++) {
        const uint32_t angle = mock_draw(own, DRAW_SHADING) + k * 0x04924925u;
        const int32_t share = 224 + (mock_cosine(angle) >> 10); // of the phase, times 2^8
        const int32_t loud = mock_normal(mock_mix(noise + 2u * k));
        const int32_t late = mock_normal(mock_mix(noise + 2u * k + 1u));
        const int32_t amplitude =
            AMPLITUDE + scaled(FADING, wave(own, DRAW_FADING, 0x02000000u, k)) +
            scaled(RIPPLE, wave(own, DRAW_RIPPLE, 0x0A000000u, k)) +
            ((loud * AMPLITUDE_NOISE) >> 7) + scaled(person.shade, mock_sine(angle));
        const int32_t way = (int32_t)(((int64_t)person.way_um * share) >> 8);
        const uint32_t phase =
            mock_draw(own, DRAW_PHASE) + k * (mock_draw(own, DRAW_SLOPE) >> 5) +
            (uint32_t)(10000 * mock_sine(mock_draw(own, DRAW_BEND) + (k << 25))) +
            (uint32_t)(late * PHASE_NOISE) + (uint32_t)way * turns_per_um(channel, k) +
            (uint32_t)(((int32_t)person.chest >> 8) * share);
        iq[2u * k] = mock_count(amplitude * mock_cosine(phase), 23);
        iq[2u * k + 1u] = mock_count(amplitude * mock_sine(phase), 23);
    }
}
