// The persons of a scenario: how they come in, breathe, walk and fall. Lengths in um, time in
// frames.
#include "mock_fixed.h"
#include "mock_scene.h"

#define FRAMES_A_SECOND 20u
#define FRAMES_A_MINUTE (60u * FRAMES_A_SECOND)

#define NEAREST_UM 1600000 // distance of the place where a person stays
#define SPREAD_UM  800000u
#define WAY_IN_UM  600000 // everybody comes in over this way
#define WAY_IN     60     // frames

#define WALK_UM        350000 // half of the way to and fro
#define WALK_SPREAD_UM 200000u
#define GAIT_UM        2000

#define FALL_FRAME     200u // at the earliest
#define FALL_SPREAD    100u
#define FALL_RUSH      5     // frames of acceleration, and of the impact
#define FALL_FLIGHT    3     // frames between
#define FALL_UM        20000 // um a frame, a frame: 8 m/s²
#define FALL_SPREAD_UM 3500u

// Turns times 2^17; times a sine of 2^15 it is an angle.
#define BREATH_LEAST  8300 // 0.4 rad
#define BREATH_SPREAD 2100u
#define HEART_TURNS   1040 // 0.05 rad

// What a person is; drawn from the seed, one word a property.
enum {
    DRAW_PLACE,
    DRAW_BREATH_RATE,
    DRAW_BREATH_DEPTH,
    DRAW_BREATH_START,
    DRAW_HEART_RATE,
    DRAW_HEART_START,
    DRAW_WALK_LENGTH,
    DRAW_WALK_RATE,
    DRAW_FALL_TIME,
    DRAW_FALL_FORCE,
    DRAWS
};

static uint32_t draw(const mock_moment_t *moment, uint32_t person, uint32_t property)
{
    const uint32_t kind = (uint32_t)moment->scenario * MOCK_MAX_PERSONS + person;
    return mock_draw(moment->seed, 0x1000u + kind * DRAWS + property);
}

// The angle of an oscillation of `milli_a_minute` thousandths of a turn a minute.
static uint32_t oscillation(uint32_t milli_a_minute, uint32_t frame)
{
    const uint64_t turn = (uint64_t)milli_a_minute << 32;
    return (uint32_t)(turn / (1000u * FRAMES_A_MINUTE)) * frame;
}

// 0 to 2^16 over `length` frames, at rest at both ends.
static int64_t eased(uint32_t frame, uint32_t length)
{
    if (frame >= length) {
        return 65536;
    }
    const int64_t u = (int64_t)frame * 65536 / (int64_t)length;
    return ((u * u) >> 16) * (3 * 65536 - 2 * u) >> 16;
}

static int32_t way_in(uint32_t frame)
{
    return -(int32_t)((WAY_IN_UM * eased(frame, WAY_IN)) >> 16);
}

static int32_t walked(const mock_moment_t *moment, uint32_t person)
{
    if (moment->frame < WAY_IN) {
        return 0;
    }
    const uint32_t frame = moment->frame - WAY_IN;
    const int32_t half =
        WALK_UM + (int32_t)(draw(moment, person, DRAW_WALK_LENGTH) % WALK_SPREAD_UM);
    const uint32_t rate = 7000u + draw(moment, person, DRAW_WALK_RATE) % 2000u;
    const int64_t to_and_fro = 32768 - mock_cosine(oscillation(rate, frame));
    const int64_t gait = mock_sine(oscillation(15u * rate, frame));
    return -(int32_t)((half * to_and_fro) >> 15) + (int32_t)((GAIT_UM * gait) >> 15);
}

// Speed grows, stays, and is lost again, in steps of `force` um a frame.
static int32_t fallen(const mock_moment_t *moment, uint32_t person)
{
    const uint32_t start = FALL_FRAME + draw(moment, person, DRAW_FALL_TIME) % FALL_SPREAD;
    if (moment->frame < start) {
        return 0;
    }
    const int32_t force =
        FALL_UM + (int32_t)(draw(moment, person, DRAW_FALL_FORCE) % FALL_SPREAD_UM);
    const uint32_t since = moment->frame - start;
    int32_t frame = since < 1000u ? (int32_t)since : 1000;
    const int32_t rush = frame < FALL_RUSH ? frame : FALL_RUSH;
    int32_t way = rush * rush;
    frame -= rush;
    const int32_t flight = frame < FALL_FLIGHT ? frame : FALL_FLIGHT;
    way += 2 * FALL_RUSH * flight;
    frame -= flight;
    const int32_t impact = frame < FALL_RUSH ? frame : FALL_RUSH;
    way += impact * (2 * FALL_RUSH - impact);
    return way * force / 2;
}

// Thousandths of a breath a minute. Two persons are told apart by it.
static uint32_t breath_rate(const mock_moment_t *moment, uint32_t person)
{
    const uint32_t drawn = draw(moment, person, DRAW_BREATH_RATE);
    return moment->scenario == MOCK_MULTI_PERSON ? 10000u + 7000u * person + drawn % 3001u
                                                 : 12000u + drawn % 8001u;
}

// Felt from the way in on.
static uint32_t chest(const mock_moment_t *moment, uint32_t person)
{
    const uint32_t breaths = breath_rate(moment, person);
    const uint32_t beats = 60000u + draw(moment, person, DRAW_HEART_RATE) % 25001u;
    const int32_t depth =
        BREATH_LEAST + (int32_t)(draw(moment, person, DRAW_BREATH_DEPTH) % BREATH_SPREAD);
    const uint32_t breath =
        oscillation(breaths, moment->frame) + draw(moment, person, DRAW_BREATH_START);
    const uint32_t beat =
        oscillation(beats, moment->frame) + draw(moment, person, DRAW_HEART_START);
    const int64_t moved = (int64_t)depth * mock_sine(breath) + HEART_TURNS * mock_sine(beat);
    return (uint32_t)(int32_t)((moved * eased(moment->frame, WAY_IN)) >> 16);
}

static mock_pose_t pose(const mock_moment_t *moment, uint32_t person)
{
    const int32_t place = NEAREST_UM + (int32_t)(draw(moment, person, DRAW_PLACE) % SPREAD_UM);
    int32_t way = way_in(moment->frame);
    if (moment->scenario == MOCK_WALKING) {
        way += walked(moment, person);
    }
    if (moment->scenario == MOCK_FALL) {
        way += fallen(moment, person);
    }
    return (mock_pose_t){place + WAY_IN_UM + way, way, chest(moment, person)};
}

uint32_t mock_persons(const mock_moment_t *moment, mock_pose_t *poses)
{
    uint32_t n = 0;
    if (moment->scenario == MOCK_MULTI_PERSON) {
        n = MOCK_MAX_PERSONS;
    } else if (moment->scenario == MOCK_STATIC_PERSON || moment->scenario == MOCK_WALKING ||
               moment->scenario == MOCK_FALL) {
        n = 1;
    }
    for (uint32_t person = 0; person < n; person++) {
        poses[person] = pose(moment, person);
    }
    return n;
}
