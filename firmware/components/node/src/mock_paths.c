// The field of a room at the receiver: a direct path, echoes, and paths that change. A path of
// length d turns carrier k by d f_k / c, with the carrier's own frequency f_k.
#include "mock_scene.h"

#define ECHOES 5u
#define WHOLE  32768 // the strength of the direct path

#define SPACING 1146 // turns an um between neighbours, times 2^40

#define DRAW_ECHOES 0x400u
#define DRAW_DRIFT  0x411u
#define DRAW_FAN    0x421u

// From one carrier to the next the path turns by the same angle.
static void add_path(const mock_mover_t *path, uint8_t channel,
                     mock_phasor_t *field /*[MOCK_CARRIERS]*/)
{
    const uint32_t centre = mock_turns_per_um(mock_channel_khz(channel));
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

// A path by way of a wall: 2 to 35 m longer than the direct one.
static mock_mover_t echo(uint32_t seed, uint32_t number)
{
    const uint32_t first = DRAW_ECHOES + 3u * number;
    return (mock_mover_t){(int32_t)mock_drawn(seed, first, 2000, 7500), mock_draw(seed, first + 1u),
                          (int32_t)mock_drawn(seed, first + 2u, 2000000, 33000000)};
}

// Drawn evenly from `least` on.
typedef struct {
    uint32_t least;
    uint32_t spread;
} range_t;

// A path that swings. It is drawn from five words: these four in order, and its angle.
typedef struct {
    range_t rate; // thousandths a minute
    range_t place_um;
    range_t depth_um;
    range_t strength; // 2^15 is the direct path's
} swing_t;

// A slow change within minutes, which every room has, and a fan.
static const swing_t drift = {{300, 700}, {2000000, 8000000}, {2000, 6000}, {600, 1000}};
static const swing_t fan = {{120000, 420001}, {2000000, 5000000}, {20000, 40001}, {2000, 3000}};

static int32_t of_range(uint32_t seed, uint32_t index, range_t range)
{
    return (int32_t)mock_drawn(seed, index, range.least, range.spread);
}

static mock_mover_t swinging(const swing_t *what, uint32_t seed, uint32_t first, int64_t t_us)
{
    const uint32_t rate = (uint32_t)of_range(seed, first, what->rate);
    const int64_t depth = of_range(seed, first + 2u, what->depth_um);
    const int64_t away = (depth * mock_sine(mock_oscillation(rate, t_us))) >> 15;
    return (mock_mover_t){of_range(seed, first + 3u, what->strength), mock_draw(seed, first + 4u),
                          of_range(seed, first + 1u, what->place_um) + (int32_t)away};
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
    const mock_mover_t slow = swinging(&drift, moment->seed, DRAW_DRIFT, moment->room_us);
    add_path(&slow, room->channel, field);
    if (moment->scenario == MOCK_FAN) {
        const mock_mover_t blade = swinging(&fan, moment->seed, DRAW_FAN, moment->t_us);
        add_path(&blade, room->channel, field);
    }
    mock_mover_t movers[MOCK_MAX_MOVERS];
    const uint32_t n = mock_persons(moment, movers);
    for (uint32_t i = 0; i < n; i++) {
        add_path(&movers[i], room->channel, field);
    }
}
