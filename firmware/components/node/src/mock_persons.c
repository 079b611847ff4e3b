// The persons of a scenario: how they come in, breathe, walk and fall. Lengths are those of the
// path from sender to receiver by way of the person.
#include "mock_scene.h"

#define WAY_IN_US 5000000
#define WAY_IN_UM 2400000 // the way that everybody comes in by
#define NEAREST   2500000 // um, the path by way of the place where a person stays
#define NEARER    5000000u

#define FALL_US        10000000u // at the earliest
#define FALL_SPREAD_US 5000000u

#define PARTS 4u // of a body: the chest, and three that follow it in part

// The properties of a person, each drawn from a word of its own.
enum {
    DRAW_PLACE,
    DRAW_BREATH_RATE,
    DRAW_BREATH_DEPTH,
    DRAW_BREATH_START,
    DRAW_HEART_RATE,
    DRAW_HEART_DEPTH,
    DRAW_HEART_START,
    DRAW_SWAY_RATE,
    DRAW_SWAY_DEPTH,
    DRAW_WALK_LENGTH,
    DRAW_WALK_RATE,
    DRAW_FALL_TIME,
    DRAW_FALL_RUSH,
    DRAW_FALL_IMPACT,
    DRAW_FALL_FORCE,
    DRAW_PARTS
};

enum {
    PART_STRENGTH,
    PART_PLACE,
    PART_SHARE,
    PART_BREATH,
    PART_LIMB,
    PART_ANGLE,
    PART_DROP,
    PART_DRAWS
};

// The ranges that each part is drawn from: its strength, and the share of a walk, of 256, by which
// the length of its path changes. No person walks along the line of sight, and paths by way of a
// wall change slowly.
static const struct {
    uint32_t strength;
    uint32_t strength_spread;
    uint32_t share;
    uint32_t share_spread;
} parts[PARTS] = {
    {4500, 4500, 24, 73}, {2500, 3000, 4, 85}, {2500, 3000, 4, 85}, {5500, 5000, 4, 21}};

// A person at present. `here` is how far they have come in, times 2^16.
typedef struct {
    uint32_t seed;
    uint32_t first; // of their draws
    int64_t here;
    int64_t gross_um;
    int64_t fallen_um;
    int64_t chest_um;
    int64_t limbs; // of their reach, times 2^15
} body_t;

static int64_t drawn(const body_t *body, uint32_t property, uint32_t least, uint32_t spread)
{
    return mock_drawn(body->seed, body->first + property, least, spread);
}

// Thousandths of a breath a minute. Two persons differ in it.
static uint32_t breaths(const body_t *body, mock_scenario_t scenario, uint32_t number)
{
    return (uint32_t)(scenario == MOCK_MULTI_PERSON
                          ? drawn(body, DRAW_BREATH_RATE, 10000u + 7000u * number, 3001)
                          : drawn(body, DRAW_BREATH_RATE, 12000, 8001));
}

// Breathing, heartbeat, and the sway of somebody who sits.
static int64_t chest(const body_t *body, uint32_t breaths, int64_t t_us)
{
    const uint32_t beats = (uint32_t)drawn(body, DRAW_HEART_RATE, 60000, 25001);
    const uint32_t sways = (uint32_t)drawn(body, DRAW_SWAY_RATE, 900, 1200);
    const uint32_t breath = mock_draw(body->seed, body->first + DRAW_BREATH_START);
    const uint32_t beat = mock_draw(body->seed, body->first + DRAW_HEART_START);
    const int64_t moved =
        drawn(body, DRAW_BREATH_DEPTH, 2000, 3000) *
            mock_sine(breath + mock_oscillation(breaths, t_us)) +
        drawn(body, DRAW_HEART_DEPTH, 150, 150) * mock_sine(beat + mock_oscillation(beats, t_us)) +
        drawn(body, DRAW_SWAY_DEPTH, 500, 1500) * mock_sine(mock_oscillation(sways, t_us));
    return moved >> 15;
}

// To and fro.
static void walk(body_t *body, int64_t t_us)
{
    const int64_t since = t_us > WAY_IN_US ? t_us - WAY_IN_US : 0;
    const uint32_t rate = (uint32_t)drawn(body, DRAW_WALK_RATE, 7000, 2000);
    const int64_t half = drawn(body, DRAW_WALK_LENGTH, 700000, 400000);
    body->gross_um -= (half * (32768 - mock_cosine(mock_oscillation(rate, since)))) >> 15;
    body->limbs = mock_sine(mock_oscillation(8u * rate, since));
}

// Acceleration, and an impact that takes all the speed away. mm/s² ms² are thousandths of um.
static int64_t fallen(const body_t *body, int64_t t_us)
{
    const int64_t since_us = t_us - drawn(body, DRAW_FALL_TIME, FALL_US, FALL_SPREAD_US);
    if (since_us < 0) {
        return 0;
    }
    const int64_t rush_us = drawn(body, DRAW_FALL_RUSH, 400000, 100000);
    const int64_t impact_us = drawn(body, DRAW_FALL_IMPACT, 100000, 50000);
    const int64_t force = drawn(body, DRAW_FALL_FORCE, 8000, 1401);
    const int64_t rush = (since_us < rush_us ? since_us : rush_us) / 1000;
    const int64_t late_us = since_us - rush_us;
    const int64_t late = (late_us < 0 ? 0 : late_us < impact_us ? late_us : impact_us) / 1000;
    const int64_t impact = impact_us / 1000;
    return force * rush * rush / 2000 +
           force * (rush_us / 1000) * (2 * impact * late - late * late) / (2000 * impact);
}

// The chest takes the whole of breathing and falling, the other parts a share of it.
static mock_mover_t part_of(const body_t *body, uint32_t part)
{
    const uint32_t own = DRAW_PARTS + part * PART_DRAWS;
    const bool is_chest = part == 0;
    const int64_t strength =
        drawn(body, own + PART_STRENGTH, parts[part].strength, parts[part].strength_spread);
    const int64_t share =
        drawn(body, own + PART_SHARE, parts[part].share, parts[part].share_spread);
    const int64_t drop = is_chest ? 256 : drawn(body, own + PART_DROP, 160, 161);
    const int64_t breath = is_chest ? 256 : drawn(body, own + PART_BREATH, 64, 129);
    int64_t way = drawn(body, DRAW_PLACE, NEAREST, NEARER) + WAY_IN_UM;
    way += (body->gross_um * share + body->fallen_um * drop + body->chest_um * breath) >> 8;
    if (!is_chest) {
        way += drawn(body, own + PART_PLACE, 0, 9000000);
    }
    if (part == 1u || part == 2u) { // the legs: one swings back while the other swings forward
        const int64_t limb = (drawn(body, own + PART_LIMB, 40000, 50000) * body->limbs) >> 15;
        way += part & 1u ? -limb : limb;
    }
    return (mock_mover_t){(int32_t)((strength * body->here) >> 16),
                          mock_draw(body->seed, body->first + own + PART_ANGLE), (int32_t)way};
}

static body_t body_of(const mock_moment_t *moment, uint32_t number)
{
    const uint32_t kind = (uint32_t)moment->scenario * MOCK_MAX_PERSONS + number;
    body_t body = {.seed = moment->seed,
                   .first = 0x1000u + kind * (DRAW_PARTS + PARTS * PART_DRAWS),
                   .here = mock_eased(moment->t_us, WAY_IN_US)};
    body.gross_um = -((WAY_IN_UM * body.here) >> 16);
    if (moment->scenario == MOCK_WALKING) {
        walk(&body, moment->t_us);
    }
    if (moment->scenario == MOCK_FALL) {
        body.fallen_um = fallen(&body, moment->t_us);
    }
    body.chest_um = chest(&body, breaths(&body, moment->scenario, number), moment->t_us);
    return body;
}

uint32_t mock_persons(const mock_moment_t *moment, mock_mover_t *movers /*[MOCK_MAX_MOVERS]*/)
{
    uint32_t n = 0;
    if (moment->scenario == MOCK_MULTI_PERSON) {
        n = MOCK_MAX_PERSONS;
    } else if (moment->scenario == MOCK_STATIC_PERSON || moment->scenario == MOCK_WALKING ||
               moment->scenario == MOCK_FALL) {
        n = 1;
    }
    for (uint32_t person = 0; person < n; person++) {
        const body_t body = body_of(moment, person);
        for (uint32_t part = 0; part < PARTS; part++) {
            *movers++ = part_of(&body, part);
        }
    }
    return n * PARTS;
}
