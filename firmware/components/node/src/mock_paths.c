// The field of a room at the receiver: a direct path, echoes, and paths that change. A path of
// length d turns carrier k by d f_k / c, with the carrier's own frequency f_k.
#include "mock_scene.h"

#define ECHOES 5u
#define WHOLE  32768 // the strength of the direct path

#define SPACING          1146               // turns an um between neighbours, times 2^40
#define TURNS_PER_UM_KHZ UINT64_C(15382929) // 1 kHz / speed of light in um/s, times 2^62

#define DRAW_ECHOES 0x400u
#define DRAW_DRIFT  0x411u
#define DRAW_FAN    0x421u

// One carrier after the other is turned on by the same angle.
static void add_path(const mock_mover_t *path, uint8_t channel,
                     mock_phasor_t *field /*[MOCK_CARRIERS]*/)
{
    const uint32_t khz = 2412000u + 5000u * (channel - 1u);
    const uint32_t centre = (uint32_t)((khz * TURNS_PER_UM_KHZ) >> 30);
    const uint32_t step = (uint32_t)(((int64_t)path->way_um * SPACING) >> 8);
    const uint32_t start = path->angle - (uint32_t)path->way_um * centre + MOCK_EDGE * step;
    const mock_phasor_t on = {mock_cosine(0u - step), mock_sine(0u - step)};
    mock_phasor_t at = mock_phasor(path->strength, start);
    for (uint32_t k = 0; k < MOCK_CARRIERS; k++) {
        field[k].re += at.re;
        field[k].im += at.im;
        at = mock_times(at, on);
    }
}

// A wall's: 2 to 35 m longer than the direct path.
static mock_mover_t echo(uint32_t seed, uint32_t number)
{
    const uint32_t first = DRAW_ECHOES + 3u * number;
    return (mock_mover_t){(int32_t)mock_drawn(seed, first, 2000, 7500), mock_draw(seed, first + 1u),
                          (int32_t)mock_drawn(seed, first + 2u, 2000000, 33000000)};
}

// A path that swings: words from `first` on say how often, where, how far, how strong, what angle.
static mock_mover_t swinging(uint32_t seed, uint32_t first, int32_t strength, int32_t place,
                             uint32_t far, uint32_t turn)
{
    const int64_t depth = far;
    return (mock_mover_t){strength, mock_draw(seed, first + 4u),
                          place + (int32_t)((depth * mock_sine(turn)) >> 15)};
}

// What changes in every room within minutes.
static mock_mover_t drift(uint32_t seed, int64_t room_us)
{
    const uint32_t rate = mock_drawn(seed, DRAW_DRIFT, 300, 700);
    return swinging(seed, DRAW_DRIFT, (int32_t)mock_drawn(seed, DRAW_DRIFT + 3u, 600, 1000),
                    (int32_t)mock_drawn(seed, DRAW_DRIFT + 1u, 2000000, 8000000),
                    mock_drawn(seed, DRAW_DRIFT + 2u, 2000, 6000), mock_oscillation(rate, room_us));
}

static mock_mover_t fan(uint32_t seed, int64_t t_us)
{
    const uint32_t rate = mock_drawn(seed, DRAW_FAN, 120000, 420001);
    return swinging(seed, DRAW_FAN, (int32_t)mock_drawn(seed, DRAW_FAN + 3u, 2000, 3000),
                    (int32_t)mock_drawn(seed, DRAW_FAN + 1u, 2000000, 5000000),
                    mock_drawn(seed, DRAW_FAN + 2u, 20000, 40001), mock_oscillation(rate, t_us));
}

void mock_room_init(mock_room_t *room, uint32_t seed, uint8_t channel)
{
    room->channel = channel;
    for (uint32_t k = 0; k < MOCK_CARRIERS; k++) {
        room->still[k] = (mock_phasor_t){WHOLE, 0};
    }
    for (uint32_t i = 0; i < ECHOES; i++) {
        const mock_mover_t path = echo(seed, i);
        add_path(&path, channel, room->still);
    }
}

void mock_room_field(const mock_room_t *room, const mock_moment_t *moment,
                     mock_phasor_t *field /*[MOCK_CARRIERS]*/)
{
    for (uint32_t k = 0; k < MOCK_CARRIERS; k++) {
        field[k] = room->still[k];
    }
    const mock_mover_t slow = drift(moment->seed, moment->room_us);
    add_path(&slow, room->channel, field);
    if (moment->scenario == MOCK_FAN) {
        const mock_mover_t blade = fan(moment->seed, moment->t_us);
        add_path(&blade, room->channel, field);
    }
    mock_mover_t movers[MOCK_MAX_MOVERS];
    const uint32_t n = mock_persons(moment, movers);
    for (uint32_t i = 0; i < n; i++) {
        add_path(&movers[i], room->channel, field);
    }
}
