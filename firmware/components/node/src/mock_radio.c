// The radio that receives the field: when frames arrive, and what clocks, gain and converter
// change.
#include "mock_scene.h"

#define BLOCK         512u // slots; in one block of eight the radio is silent once
#define SILENT_AT     450u
#define SILENT_MIN    6
#define SILENT_SPREAD 19u

#define STEP_FROM_US 10000000
#define STEP_EACH_US 6000000

#define DRAW_RADIO 0x500u

static const int32_t gains[] = {4096, 4925, 5786, 3407}; // 0, 1.6, 3.0, -1.6 dB, times 2^12
static const int32_t steps[] = {4096, 2053, 6492, 2900}; // 0, -6, 4, -3 dB, times 2^12

void mock_radio_init(mock_radio_t *radio, uint32_t seed)
{
    const uint32_t jitter =
        mock_drawn(seed, DRAW_RADIO + 5u, 0, 256); // its cube: most rooms have little
    *radio = (mock_radio_t){
        .level = 512 * (int32_t)mock_drawn(seed, DRAW_RADIO, 11, 8),
        .noise = (int32_t)mock_drawn(seed, DRAW_RADIO + 1u, 3800, 4000),
        .loss = mock_drawn(seed, DRAW_RADIO + 2u, 500, 2800),
        .delay_us = mock_drawn(seed, DRAW_RADIO + 3u, 12000, 36001),
        .slope = (int32_t)mock_drawn(seed, DRAW_RADIO + 4u, 0, 8000000),
        .slope_jitter = 3000 + (int32_t)(jitter * jitter * jitter / 1000u),
        .steady = mock_drawn(seed, DRAW_RADIO + 6u, 150, 60),
        .is_classic = mock_drawn(seed, DRAW_RADIO + 7u, 0, 2) == 1u,
    };
}

static bool is_silent(uint32_t seed, uint32_t room_slot)
{
    const uint32_t word = mock_draw(seed ^ 0x51EC0000u, room_slot / BLOCK);
    const int32_t since = (int32_t)(room_slot % BLOCK) - (int32_t)((word >> 3) % SILENT_AT);
    const int32_t length = SILENT_MIN + (int32_t)((word >> 16) % SILENT_SPREAD);
    return (word & 7u) == 0 && since >= 0 && since < length;
}

mock_slot_t mock_radio_slot(const mock_radio_t *radio, uint32_t seed, uint32_t room_slot)
{
    const uint32_t first = mock_draw(seed ^ 0x41520000u, room_slot);
    const uint32_t second = mock_mix(first);
    const uint32_t third = mock_mix(second + 1u);
    const uint32_t waited = ((first & 0xFFFFu) * (first >> 16)) >> 16;
    return (mock_slot_t){
        .delay_us = 1000u + ((waited * radio->delay_us) >> 16),
        .is_lost = is_silent(seed, room_slot) || (second & 0xFFFFu) < radio->loss,
        .is_late = ((second >> 16) & 0xFFu) == 0,
        .is_twice = (second >> 24) == 0,
        .is_odd = (third & 0x3FFu) == 0,
        .word = third,
    };
}

// Times 2^12: the usual gain, or one of three others; all of them fluctuate.
static int32_t gain(const mock_radio_t *radio, uint32_t word, const mock_moment_t *moment)
{
    const bool is_steady = ((word >> 9) & 0xFFu) < radio->steady;
    const int32_t flutter = 4096 - 256 + (int32_t)((word >> 19) & 0x1FFu);
    const int32_t usual = (gains[is_steady ? 0 : 1u + (word >> 17) % 3u] * flutter) >> 12;
    if (moment->scenario != MOCK_GAIN_STEP || moment->t_us < STEP_FROM_US) {
        return usual;
    }
    const uint64_t step = 1u + (uint64_t)(moment->t_us - STEP_FROM_US) / STEP_EACH_US;
    return (usual * steps[step % (sizeof steps / sizeof steps[0])]) >> 12;
}

// The sum of two uniform bytes less its mean: standard deviation 104.5.
static int32_t triangle(uint32_t word)
{
    return (int32_t)((word & 0xFFu) + ((word >> 8) & 0xFFu)) - 255;
}

void mock_radio_receive(const mock_radio_t *radio, const mock_slot_t *slot,
                        const mock_moment_t *moment, const mock_phasor_t *field /*[MOCK_CARRIERS]*/,
                        int8_t *iq /*[MOCK_PAIRS][2]*/)
{
    const uint32_t clocks = mock_mix(slot->word + 1u);
    const int32_t jitter = mock_normal(mock_mix(clocks)) * radio->slope_jitter;
    const uint32_t slope = (uint32_t)(radio->slope + jitter);
    const mock_phasor_t on = {mock_cosine(slope), mock_sine(slope)};
    const int32_t level = (radio->level * gain(radio, slot->word, moment)) >> 12;
    mock_phasor_t at = mock_phasor(level, clocks - MOCK_EDGE * slope);
    const uint32_t noise = mock_draw(moment->seed ^ 0x5EED0000u, moment->room_slot);
    for (uint32_t i = 0; i < 2u * MOCK_PAIRS; i++) {
        iq[i] = 0; // also of the pairs that are no carriers
    }
    for (uint32_t k = 0; k < MOCK_CARRIERS; k++) {
        const mock_phasor_t *heard = &field[slot->is_odd ? MOCK_CARRIERS - 1u - k : k];
        const int32_t re = (heard->re + 4) >> 3; // 2^12 is the direct path
        const int32_t im = (heard->im + 4) >> 3;
        const uint32_t word = mock_mix(noise + k);
        if (k != MOCK_EDGE) {
            int8_t *pair = &iq[2u * ((k + MOCK_PAIRS - MOCK_EDGE) % MOCK_PAIRS)];
            pair[0] = mock_count(re * at.im + im * at.re + triangle(word >> 16) * radio->noise, 21);
            pair[1] = mock_count(re * at.re - im * at.im + triangle(word) * radio->noise, 21);
        }
        at = mock_times(at, on);
    }
    if (radio->is_classic) {
        const uint32_t first = mock_draw(moment->seed ^ 0x0F1E0000u, moment->room_slot);
        for (uint32_t i = 0; i < 4u; i++) {
            iq[i] = (int8_t)(uint8_t)(first >> (8u * i));
        }
    }
}
