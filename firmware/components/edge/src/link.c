#include "link.h"

#include <math.h>
#include <string.h>

#include "edge_angle.h"

#define COMMON_LIMIT   (1 << 14) // products with a sample's fit in 31 bits
#define POWER_FRACTION 14        // bits

typedef struct {
    int32_t re;
    int32_t im;
} product_t;

// now · conj(before) of one pair; each part is within ±2^15.
static product_t product(const int8_t now[2], const int8_t before[2])
{
    return (product_t){now[0] * before[0] + now[1] * before[1],
                       now[1] * before[0] - now[0] * before[1]};
}

static int32_t power_of(const int8_t sample[2])
{
    return sample[0] * sample[0] + sample[1] * sample[1];
}

edge_link_t edge_link_of(const csi_frame_t *frame)
{
    edge_link_t link = {.channel = frame->channel,
                        .n_antennas = frame->n_antennas,
                        .n_subcarriers = frame->n_subcarriers};
    memcpy(link.mac, frame->mac, sizeof link.mac);
    return link;
}

bool edge_link_same(const edge_link_t *link, const csi_frame_t *frame)
{
    return link->channel == frame->channel && link->n_antennas == frame->n_antennas &&
           link->n_subcarriers == frame->n_subcarriers &&
           memcmp(link->mac, frame->mac, sizeof link->mac) == 0;
}

float edge_link_power(const csi_frame_t *frame)
{
    int32_t sum = 0; // at most 2^25
    for (uint32_t k = 0; k < (uint32_t)frame->n_antennas * frame->n_subcarriers; k++) {
        sum += power_of(&frame->iq[2 * k]);
    }
    return (float)sum;
}

void edge_link_open(edge_t *edge, const csi_frame_t *frame)
{
    edge->link = edge_link_of(frame);
    edge->linked = true;
    edge->n_pairs = (uint32_t)frame->n_antennas * frame->n_subcarriers;
    for (uint32_t k = 0; k < edge->n_pairs; k++) {
        edge->variance[k] = 0.0f;
        edge->power[k] = power_of(&frame->iq[2 * k]) * (1 << POWER_FRACTION);
    }
    edge_link_resume(edge, frame);
}

void edge_link_resume(edge_t *edge, const csi_frame_t *frame)
{
    memcpy(edge->last_iq, frame->iq, 2u * edge->n_pairs);
    memset(edge->deviation, 0, edge->n_pairs * sizeof edge->deviation[0]);
    memset(edge->delta, 0, edge->n_pairs * sizeof edge->delta[0]);
}

void edge_link_forget_phases(edge_t *edge)
{
    memset(edge->deviation, 0, edge->n_pairs * sizeof edge->deviation[0]);
    memset(edge->variance, 0, edge->n_pairs * sizeof edge->variance[0]);
}

edge_step_t edge_link_compare(const edge_t *edge, const csi_frame_t *frame)
{
    int32_t re = 0, im = 0, now = 0, before = 0; // at most 2^25
    for (uint32_t k = 0; k < edge->n_pairs; k++) {
        const product_t p = product(&frame->iq[2 * k], &edge->last_iq[2 * k]);
        re += p.re;
        im += p.im;
        now += power_of(&frame->iq[2 * k]);
        before += power_of(&edge->last_iq[2 * k]);
    }
    const float x = (float)re, y = (float)im;
    const float scale = sqrtf((float)now) * sqrtf((float)before);
    const float coherence = scale > 0.0f ? sqrtf(x * x + y * y) / scale : 0.0f;
    int32_t shrink = 1;
    while (re / shrink >= COMMON_LIMIT || -(re / shrink) >= COMMON_LIMIT ||
           im / shrink >= COMMON_LIMIT || -(im / shrink) >= COMMON_LIMIT) {
        shrink *= 2;
    }
    edge_step_t step = {re / shrink, im / shrink, now, coherence < 1.0f ? coherence : 1.0f};
    if (step.common_re == 0 && step.common_im == 0) {
        step.common_re = 1; // no common rotation can be told: none
    }
    return step;
}

// How far each pair turned beyond the common rotation: -pi..pi, so that the phases of all
// subcarriers are unwrapped against each other. A pair without a sample now or ever did not turn.
static void residual_deltas(edge_t *edge, const csi_frame_t *frame, const edge_step_t *step)
{
    for (uint32_t k = 0; k < edge->n_pairs; k++) {
        const product_t p = product(&frame->iq[2 * k], &edge->last_iq[2 * k]);
        const int32_t re = p.re * step->common_re + p.im * step->common_im; // within ±2^30
        const int32_t im = p.im * step->common_re - p.re * step->common_im;
        edge->delta[k] = edge_atan2f((float)im, (float)re);
    }
}

// Takes out what grows linearly over the subcarriers: a change of the sampling time, by least
// squares.
static void remove_slope(edge_t *edge)
{
    const uint32_t width = edge->link.n_subcarriers;
    const float centre = 0.5f * (float)(width - 1u);
    float xy = 0.0f, xx = 0.0f;
    for (uint32_t first = 0; first < edge->n_pairs; first += width) {
        for (uint32_t k = 0; k < width; k++) {
            const float x = (float)k - centre;
            xy += x * edge->delta[first + k];
            xx += x * x;
        }
    }
    const float slope = xx > 0.0f ? xy / xx : 0.0f;
    for (uint32_t first = 0; first < edge->n_pairs; first += width) {
        for (uint32_t k = 0; k < width; k++) {
            edge->delta[first + k] -= slope * ((float)k - centre);
        }
    }
}

float edge_link_advance(edge_t *edge, const csi_frame_t *frame, const edge_step_t *step)
{
    residual_deltas(edge, frame, step);
    float common = 0.0f;
    if (edge->phase_common) {
        common = edge_atan2f((float)step->common_im, (float)step->common_re);
    } else {
        remove_slope(edge);
    }
    float sum = 0.0f;
    for (uint32_t k = 0; k < edge->n_pairs; k++) {
        const int8_t *now = &frame->iq[2 * k];
        int8_t *last = &edge->last_iq[2 * k];
        const int32_t power = power_of(now);
        const bool turned = power > 0 && power_of(last) > 0;
        const float delta = turned ? edge->delta[k] + common : 0.0f;
        edge->delta[k] = delta;
        sum += (float)power * (delta * delta);
        if (power > 0) {
            last[0] = now[0];
            last[1] = now[1];
        }
    }
    return step->power > 0 ? sum / (float)step->power : 0.0f;
}

// Running mean and variance with exponentially fading weights, by the deviation from the mean: the
// mean of a phase that keeps turning grows without bound, the deviation does not.
//   e = deviation + delta;  deviation = (1 - a) e;  variance = (1 - a)(variance + a e²)
void edge_link_learn(edge_t *edge, const csi_frame_t *frame)
{
    const float a = edge->phase_rate, rest = 1.0f - a;
    const bool moving = edge->features.active;
    for (uint32_t k = 0; k < edge->n_pairs; k++) {
        const float e = (moving ? 0.0f : edge->deviation[k]) + edge->delta[k];
        edge->deviation[k] = rest * e;
        if (!moving) {
            edge->variance[k] = rest * (edge->variance[k] + a * (e * e));
        }
        const int32_t power = power_of(&frame->iq[2 * k]) * (1 << POWER_FRACTION);
        edge->power[k] += (power - edge->power[k]) / (1 << edge->power_shift);
    }
}
