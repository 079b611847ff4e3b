#include "room.h"

#include <math.h>
#include <string.h>

#include "edge_features.h"
#include "link.h"

// A body that moves at 0.1 m/s turns the phase by 2 pi 0.1 / 0.125 = 5 rad/s: motion 0.5.
#define HALF_ENERGY 25.0f
#define ACTIVE_FROM 0.2f
#define ACTIVE_TO   0.05f

// Phase resolution of int8 samples at full scale, (1/128)² / 12 rad²: less cannot be a threshold.
#define SCORE_FLOOR 5e-6f
#define SIGMAS      3.0f

#define FALL_PAUSE_US 5000000u

#define ANOMALY_TRIGGERED 0.6f
#define ANOMALY_OFFSET    (2.0f / 3.0f) // a fall's acceleration alone: 1 / (1 + 2/3) = 0.6
#define POWER_JUMP        15.0f         // twelve decibels: a ratio of 1 + 15

#define ENVIRONMENT_SHIFTED 0.2f
#define RECOMMEND_AFTER_S   30u

void edge_room_calibrate(edge_t *edge)
{
    memset(&edge->ambient, 0, sizeof edge->ambient);
    edge->calibrating = true;
    edge->features.active = false;
    edge->features.presence_threshold = 0.0f;
    edge->shifted_s = 0;
    edge->quiet_s = 0;
    edge_room_interrupt(edge);
}

void edge_room_interrupt(edge_t *edge)
{
    memset(edge->recent_acceleration, 0, sizeof edge->recent_acceleration);
    edge->features.acceleration = 0.0f;
    edge->fast_frames = 0;
}

// ---- the empty room -----------------------------------------------------------------------------

static void keep_profile(edge_t *edge)
{
    edge_ambient_t *ambient = &edge->ambient;
    ambient->power_sum = 0;
    for (uint32_t k = 0; k < edge->n_pairs; k++) {
        ambient->power[k] = edge->power[k];
        ambient->power_sum += edge->power[k];
    }
    ambient->link = edge->link;
    ambient->has_power = ambient->power_sum > 0;
}

bool edge_room_judge_clock(edge_t *edge, float common_cos)
{
    edge_ambient_t *ambient = &edge->ambient;
    if (!edge->calibrating || edge->config.phase_mode != EDGE_PHASE_AUTO) {
        return false;
    }
    // A clock of its own turns the common phase anywhere: its cosine averages to 0, not to 1.
    ambient->judged++;
    ambient->common_cos += (double)common_cos;
    const bool common = 2.0 * ambient->common_cos >= (double)ambient->judged;
    if (common == edge->phase_common) {
        return false;
    }
    edge->phase_common = common;
    ambient->measured = ambient->regular = 0;
    ambient->score_mean = ambient->score_m2 = 0.0;
    ambient->energy_mean = ambient->acceleration_mean = 0.0;
    edge_room_interrupt(edge);
    return true;
}

// Running means (Welford), in double: 1,200 additions in float would cost three digits.
static void calibrate(edge_t *edge, const edge_measured_t *measured)
{
    edge_ambient_t *ambient = &edge->ambient;
    const double n = (double)++ambient->measured;
    const double score = (double)measured->score;
    const double off = score - ambient->score_mean;
    ambient->score_mean += off / n;
    ambient->score_m2 += off * (score - ambient->score_mean);
    ambient->energy_mean += ((double)measured->energy - ambient->energy_mean) / n;
    if (measured->has_acceleration) {
        const double count = (double)++ambient->regular;
        ambient->acceleration_mean +=
            ((double)measured->acceleration - ambient->acceleration_mean) / count;
    }
    if (ambient->frames >= edge->config.calibration_frames) {
        ambient->score_sigma = (float)sqrt(ambient->score_m2 / n);
        edge->features.presence_threshold =
            (float)ambient->score_mean + SIGMAS * ambient->score_sigma;
        keep_profile(edge);
        edge->calibrating = false;
    }
}

// ---- motion and presence ------------------------------------------------------------------------

// x / (x + half): 0 for nothing, 0.5 for half, towards 1.
static float saturate(float x, float half)
{
    return x > 0.0f ? x / (x + half) : 0.0f;
}

static void update_motion(edge_t *edge, float energy)
{
    edge_features_t *out = &edge->features;
    edge->energy += edge->energy_rate * (energy - edge->energy);
    const float ambient = edge->calibrating ? 0.0f : (float)edge->ambient.energy_mean;
    out->motion_energy = edge->energy;
    out->motion = saturate(edge->energy - ambient, HALF_ENERGY);
    out->active = !edge->calibrating && out->motion >= (out->active ? ACTIVE_TO : ACTIVE_FROM);
}

static void update_presence(edge_t *edge, float score)
{
    edge_features_t *out = &edge->features;
    out->presence_score += edge->score_rate * (score - out->presence_score);
    if (edge->calibrating) {
        out->presence = 0.0f;
        return;
    }
    const float sigmas = SIGMAS * edge->ambient.score_sigma;
    const float margin = sigmas > SCORE_FLOOR ? sigmas : SCORE_FLOOR;
    out->presence = saturate(out->presence_score - (float)edge->ambient.score_mean, margin);
}

// ---- falls and anomalies ------------------------------------------------------------------------

static void update_acceleration(edge_t *edge, const edge_measured_t *measured)
{
    if (!measured->has_acceleration) {
        edge_room_interrupt(edge);
        return;
    }
    const float ambient = edge->calibrating ? 0.0f : (float)edge->ambient.acceleration_mean;
    const float above = measured->acceleration - ambient;
    const float rate = edge->config.rate_hz / (float)edge->stride;
    edge->features.acceleration = above > 0.0f ? sqrtf(above) * (rate * rate) : 0.0f;
    float *recent = edge->recent_acceleration;
    memmove(recent + 1, recent, (EDGE_FALL_STEPS * edge->stride - 1u) * sizeof *recent);
    recent[0] = edge->features.acceleration;
}

static void detect_fall(edge_t *edge)
{
    edge_features_t *out = &edge->features;
    const bool fast = !edge->calibrating && out->acceleration >= edge->config.fall_threshold;
    edge->fast_frames = fast ? edge->fast_frames + 1u : 0u;
    const bool paused = edge->has_fallen && out->ts_us >= edge->fall_ts_us &&
                        out->ts_us - edge->fall_ts_us < FALL_PAUSE_US;
    out->fall = edge->fast_frames >= EDGE_FALL_STEPS * edge->stride && !paused;
    if (out->fall) {
        out->falls++;
        edge->has_fallen = true;
        edge->fall_ts_us = out->ts_us;
        edge->fast_frames = 0;
    }
}

// What people in a room do not do: accelerate like one who falls, or change the power of the whole
// channel by twelve decibels within a second. Fades with a time constant of three seconds.
static void update_anomaly(edge_t *edge, float power)
{
    edge->fast_power += edge->fast_power_rate * (power - edge->fast_power);
    edge->slow_power += edge->slow_power_rate * (power - edge->slow_power);
    if (edge->calibrating) {
        edge->features.anomaly = 0.0f;
        return;
    }
    float least = edge->recent_acceleration[0];
    for (uint32_t i = 1; i < EDGE_FALL_STEPS * edge->stride; i++) {
        const float other = edge->recent_acceleration[i];
        least = other < least ? other : least;
    }
    const float pull = least / edge->config.fall_threshold;
    const float low = edge->fast_power < edge->slow_power ? edge->fast_power : edge->slow_power;
    const float high = edge->fast_power < edge->slow_power ? edge->slow_power : edge->fast_power;
    const float jump = low > 0.0f ? (high - low) / low / POWER_JUMP : 0.0f;
    const float now = saturate(pull * pull + jump * jump, ANOMALY_OFFSET);
    const float faded = edge->features.anomaly * edge->anomaly_decay;
    edge->features.anomaly = now > faded ? now : faded;
}

// ---- the environment ----------------------------------------------------------------------------

// Half the sum of the differences between two profiles, each scaled to a sum of 1: the share of the
// channel's power that lies elsewhere than it did.
static float profile_shift(const edge_t *edge)
{
    const edge_ambient_t *ambient = &edge->ambient;
    int64_t total = 0;
    for (uint32_t k = 0; k < edge->n_pairs; k++) {
        total += edge->power[k];
    }
    if (total <= 0) {
        return 0.0f;
    }
    const float now = 1.0f / (float)total, then = 1.0f / (float)ambient->power_sum;
    float sum = 0.0f;
    for (uint32_t k = 0; k < edge->n_pairs; k++) {
        sum += fabsf((float)edge->power[k] * now - (float)ambient->power[k] * then);
    }
    return 0.5f * sum;
}

static bool ambient_is_of_this_link(const edge_t *edge)
{
    const edge_link_t *a = &edge->ambient.link, *b = &edge->link;
    return edge->ambient.has_power && a->channel == b->channel && a->n_antennas == b->n_antennas &&
           a->n_subcarriers == b->n_subcarriers && memcmp(a->mac, b->mac, sizeof a->mac) == 0;
}

void edge_room_environment(edge_t *edge)
{
    edge_features_t *out = &edge->features;
    out->env_shift = 0.0f;
    if (edge->calibrating) {
        return;
    }
    if (ambient_is_of_this_link(edge)) {
        const float shift = profile_shift(edge);
        out->env_shift = shift < 1.0f ? shift : 1.0f;
    }
    edge->shifted_s = out->env_shift >= ENVIRONMENT_SHIFTED ? edge->shifted_s + 1u : 0u;
    // Far quieter than the room that was called empty: it was not.
    const float mean = (float)edge->ambient.score_mean;
    const bool quiet = mean > SCORE_FLOOR && out->presence_score < 0.25f * mean;
    edge->quiet_s = quiet ? edge->quiet_s + 1u : 0u;
}

static uint16_t flag(bool set, uint16_t bit)
{
    return set ? bit : 0u;
}

static uint16_t room_flags(const edge_t *edge)
{
    const edge_features_t *out = &edge->features;
    if (edge->calibrating) {
        return EDGE_QUALITY_CALIBRATING;
    }
    const bool recommended = !ambient_is_of_this_link(edge) ||
                             edge->shifted_s >= RECOMMEND_AFTER_S ||
                             edge->quiet_s >= RECOMMEND_AFTER_S;
    return (uint16_t)(EDGE_QUALITY_PRESENCE_VALID |
                      flag(out->anomaly >= ANOMALY_TRIGGERED, EDGE_QUALITY_ANOMALY_TRIGGERED) |
                      flag(out->env_shift >= ENVIRONMENT_SHIFTED, EDGE_QUALITY_ENVIRONMENT_SHIFT) |
                      flag(recommended, EDGE_QUALITY_RECALIBRATION_RECOMMENDED));
}

void edge_room_update(edge_t *edge, const edge_measured_t *measured)
{
    update_acceleration(edge, measured);
    if (edge->calibrating) {
        calibrate(edge, measured);
    }
    update_motion(edge, measured->energy);
    update_presence(edge, measured->score);
    detect_fall(edge);
    update_anomaly(edge, measured->power);
    edge->features.quality_flags = room_flags(edge);
}
