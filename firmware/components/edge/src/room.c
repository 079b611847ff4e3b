#include <string.h>

#include "room_parts.h"

// Movement over the room's own level: somebody is active from 2.6 on, until it is below 1.6. Bursts
// of interference in empty rooms reach 2.2; the median of the weakest minute of walking is 3.7.
#define ACTIVE_OVER 2.6f
#define STILL_UNDER 1.6f

// The same as motion, which the controller acts on.
#define ACTIVE_FROM 0.2f
#define ACTIVE_TO   0.05f

// With x the movement above NOTHING, x / (x + HALF) is 0.2 at ACTIVE_OVER and 0.05 at STILL_UNDER.
#define HALF    ((ACTIVE_OVER - STILL_UNDER) / (1.0f / 4.0f - 1.0f / 19.0f))
#define NOTHING (ACTIVE_OVER - HALF / 4.0f)

// Of a tick of 0.2 s: one second of movement is enough, and it is half forgotten after five
// minutes.
#define MOVED_SHARE 0.2f
#define FADE_SHARE  0.00046199f

// More than nine of ten times that breathing is valid, somebody is there.
#define BREATH_PRESENCE 0.9f

#define ANOMALY_TRIGGERED 0.6f
#define ANOMALY_HALF      (2.0f / 3.0f) // a fall's violence: 1 / (1 + 2/3) = 0.6
#define USUAL_VIOLENCE    1.2f          // without a burst it is 0.9 to 1.1
#define ANOMALY_KEPT      0.96721610f   // of 0.1 s: exp(-1/30)

#define ENVIRONMENT_SHIFTED 0.15f
#define SHIFTED_FOR_LONG    0.1f // two thirds of it: what a mean of half a minute reaches after 33 s
#define SHIFT_SHARE         (1.0f / 150.0f) // of a tick: half a minute
#define STEADY_ENOUGH       0.5f

void edge_room_init(edge_room_t *room, uint32_t calibration_ms)
{
    memset(room, 0, sizeof *room);
    room->calibration_bins = calibration_ms * EDGE_BIN_HZ / 1000u;
    edge_baseline_init(&room->baseline);
    edge_room_calibrate(room);
}

void edge_room_calibrate(edge_room_t *room)
{
    room->calibrating = true;
    room->breathed = false;
    room->bins = 0;
    room->lately = 0.0f;
    room->shift = 0.0f;
    edge_baseline_interrupt(&room->baseline);
    edge_profile_forget(&room->profile);
}

void edge_room_interrupt(edge_room_t *room)
{
    room->lately = 0.0f;
    edge_baseline_interrupt(&room->baseline);
    edge_profile_interrupt(&room->profile);
    edge_fall_restart(&room->fall);
}

void edge_room_relink(edge_room_t *room)
{
    edge_room_interrupt(room);
    edge_profile_forget(&room->profile);
}

// x / (x + half): 0 for nothing, 0.5 for half, towards 1.
static float saturate(float x, float half)
{
    return x > 0.0f ? x / (x + half) : 0.0f;
}

static void calibrate(edge_room_t *room, const edge_movement_t *movement, bool breath)
{
    edge_profile_learn(&room->profile, movement);
    room->breathed = room->breathed || breath;
    if (++room->bins >= room->calibration_bins) {
        room->steadiness = edge_baseline_learn(&room->baseline);
        room->calibrating = false;
    }
}

static void judge_movement(edge_room_t *room, const edge_movement_t *movement, edge_features_t *out)
{
    const float level = room->baseline.level;
    out->motion_energy = out->presence_score = movement->score;
    out->motion = saturate(movement->score / level - NOTHING, HALF);
    out->presence_threshold = room->calibrating ? 0.0f : ACTIVE_OVER * level;
    out->active = !room->calibrating && out->motion >= (out->active ? ACTIVE_TO : ACTIVE_FROM);
    room->lately += out->active ? MOVED_SHARE * (1.0f - room->lately) : -FADE_SHARE * room->lately;
}

static void judge_environment(edge_room_t *room, const edge_movement_t *movement,
                              edge_features_t *out)
{
    out->env_shift = room->calibrating ? 0.0f : edge_profile_shift(&room->profile, movement);
    room->shift += SHIFT_SHARE * (out->env_shift - room->shift);
}

static void judge_burst(edge_room_t *room, const edge_movement_t *movement, edge_features_t *out)
{
    const bool fall = edge_fall_bin(&room->fall, movement->jump);
    out->fall = out->fall || fall;
    out->falls += fall;
    if (room->fall.looked) {
        const float over = room->fall.violence - USUAL_VIOLENCE;
        const float pull = over > 0.0f ? over / (EDGE_FALL_VIOLENCE - USUAL_VIOLENCE) : 0.0f;
        const float now = saturate(pull * pull, ANOMALY_HALF), kept = ANOMALY_KEPT * out->anomaly;
        out->anomaly = now > kept ? now : kept;
    }
}

void edge_room_bin(edge_room_t *room, const edge_movement_t *movement, bool breath,
                   edge_features_t *out)
{
    if (movement->ticked) {
        edge_baseline_tick(&room->baseline, movement, !room->calibrating);
    }
    if (room->calibrating) {
        calibrate(room, movement, breath);
    }
    edge_profile_bin(&room->profile, movement);
    judge_burst(room, movement, out);
    if (movement->ticked) {
        judge_movement(room, movement, out);
        judge_environment(room, movement, out);
    }
    // Somebody who breathes is there even if they have not moved lately.
    out->presence =
        breath ? BREATH_PRESENCE + (1.0f - BREATH_PRESENCE) * room->lately : room->lately;
}

static uint16_t flag(bool set, uint16_t bit)
{
    return set ? bit : 0u;
}

uint16_t edge_room_flags(const edge_room_t *room, const edge_features_t *out)
{
    const uint16_t now =
        (uint16_t)(flag(out->anomaly >= ANOMALY_TRIGGERED, EDGE_QUALITY_ANOMALY_TRIGGERED) |
                   flag(out->env_shift >= ENVIRONMENT_SHIFTED, EDGE_QUALITY_ENVIRONMENT_SHIFT));
    if (room->calibrating) {
        return (uint16_t)(now | EDGE_QUALITY_CALIBRATING);
    }
    const bool recommended = room->profile.learnt == 0 || room->breathed ||
                             room->steadiness < STEADY_ENOUGH || room->shift >= SHIFTED_FOR_LONG;
    return (uint16_t)(now | EDGE_QUALITY_PRESENCE_VALID |
                      flag(recommended, EDGE_QUALITY_RECALIBRATION_RECOMMENDED));
}
