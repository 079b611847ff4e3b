// The channel state of a room: amplitude A_base + A_person exp(-d²/sigma²) + noise, phase
// phi_base + 2 pi d / lambda + breathing + noise, rounded to int8.
#include "mock_scene.h"

#include "mock_fixed.h"

#define AMPLITUDE        (40 * 256)
#define FADING           (10 * 256)
#define RIPPLE           (4 * 256)
#define PERSON_AMPLITUDE (12 * 256)
#define SIGMA_MM         1500u
#define AMPLITUDE_NOISE  111   // times a normal of 147.8, over 2^7: 0.5 of 2^8
#define PHASE_NOISE      46247 // times a normal of 147.8: 0.01 rad

#define SUBCARRIER_KHZ 312u // 312.5, with the half added by hand

// 2^32 / speed of light in um/s, times 1000 Hz: turns per um and kHz, times 2^30.
#define TURNS_PER_UM_KHZ UINT64_C(15382929)

enum {
    DRAW_FADING,
    DRAW_FADING_STEP,
    DRAW_RIPPLE,
    DRAW_RIPPLE_STEP,
    DRAW_PHASE,
    DRAW_SLOPE,
    DRAW_BEND,
    DRAW_PERSON,
};

static int32_t wave(uint32_t seed, uint32_t start, uint32_t least_step, uint32_t k)
{
    const uint32_t step = least_step + (mock_draw(seed, start + 1u) >> 6); // + up to 1/64 turn
    return mock_sine(mock_draw(seed, start) + k * step);
}

// Rounded down; the shift of a negative number is arithmetic on every compiler in use.
static int32_t scaled(int32_t amplitude, int32_t share)
{
    return (amplitude * share) >> 15;
}

void mock_room_init(mock_room_t *room, uint32_t seed, uint8_t channel)
{
    const uint32_t own = mock_draw(seed, 0x100u + channel);
    const uint32_t center_khz = 2412000u + 5000u * (channel - 1u);
    room->seed = seed;
    room->channel = channel;
    for (uint32_t k = 0; k < MOCK_SUBCARRIERS; k++) {
        room->amplitude[k] = AMPLITUDE + scaled(FADING, wave(own, DRAW_FADING, 0x02000000u, k)) +
                             scaled(RIPPLE, wave(own, DRAW_RIPPLE, 0x0A000000u, k));
        room->phase[k] = mock_draw(own, DRAW_PHASE) + k * (mock_draw(own, DRAW_SLOPE) >> 5) +
                         (uint32_t)(10000 * mock_sine(mock_draw(own, DRAW_BEND) + (k << 25)));
        const uint32_t khz = center_khz + k * SUBCARRIER_KHZ + k / 2u -
                             (MOCK_SUBCARRIERS / 2u) * SUBCARRIER_KHZ - MOCK_SUBCARRIERS / 4u;
        room->turns_per_um[k] = (uint32_t)((khz * TURNS_PER_UM_KHZ) >> 30);
        for (uint32_t p = 0; p < MOCK_MAX_PERSONS; p++) {
            const uint32_t angle = mock_draw(own, DRAW_PERSON + p) + k * (0x04924925u * (p + 1u));
            room->shading[p][k] = mock_sine(angle);
            room->reflection[p][k] = 224 + (mock_cosine(angle) >> 10);
        }
    }
}

static uint32_t shade(const mock_pose_t *pose)
{
    const uint32_t mm = (uint32_t)(pose->distance_um > 0 ? pose->distance_um : 0) / 1000u;
    return (uint32_t)(((uint64_t)mm * mm << 12) / (SIGMA_MM * SIGMA_MM));
}

static int8_t rounded(int32_t value)
{
    const int32_t whole = (value + (1 << 22)) >> 23;
    return (int8_t)(whole > 127 ? 127 : whole < -127 ? -127 : whole);
}

void mock_scene_frame(const mock_room_t *room, const mock_moment_t *moment, int8_t *iq)
{
    mock_pose_t poses[MOCK_MAX_PERSONS];
    int32_t strength[MOCK_MAX_PERSONS]; // of the shadow, times 2^8
    const uint32_t n = mock_persons(moment, poses);
    for (uint32_t p = 0; p < n; p++) {
        strength[p] = scaled(PERSON_AMPLITUDE, mock_exp(shade(&poses[p])));
    }
    const uint32_t noise = mock_draw(room->seed ^ 0x5EED0000u, moment->room_frame);
    for (uint32_t k = 0; k < MOCK_SUBCARRIERS; k++) {
        const int32_t loud = mock_normal(mock_mix(noise + 2u * k));
        const int32_t late = mock_normal(mock_mix(noise + 2u * k + 1u));
        int32_t amplitude = room->amplitude[k] + ((loud * AMPLITUDE_NOISE) >> 7);
        uint32_t phase = room->phase[k] + (uint32_t)(late * PHASE_NOISE);
        for (uint32_t p = 0; p < n; p++) {
            const int32_t share = room->reflection[p][k];
            const int32_t way = (int32_t)(((int64_t)poses[p].way_um * share) >> 8);
            const int32_t chest = (int32_t)poses[p].chest_turns >> 8;
            amplitude += scaled(strength[p], room->shading[p][k]);
            phase += (uint32_t)way * room->turns_per_um[k] + (uint32_t)(chest * share);
        }
        iq[2u * k] = rounded(amplitude * mock_cosine(phase));
        iq[2u * k + 1u] = rounded(amplitude * mock_sine(phase));
    }
}
