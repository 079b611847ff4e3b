#include "slots.h"

#include <string.h>

#include "band.h"
#include "edge_angle.h"

#define NO_PAIR       0xFFFFu
#define STAY          1.25f // an incumbent's variance counts this much
#define POWER_PORTION 16    // a pair needs this part of the mean power

typedef struct {
    uint16_t pair[EDGE_TOP];
    float worth[EDGE_TOP]; // falling
    uint32_t n;
} ranking_t;

static bool in_slot(const edge_t *edge, uint32_t pair)
{
    for (uint32_t j = 0; j < EDGE_TOP; j++) {
        if (edge->features.top[j] == pair) {
            return true;
        }
    }
    return false;
}

// Equal worth: the lower pair.
static void rank(ranking_t *ranking, uint32_t pair, float worth)
{
    uint32_t place = ranking->n;
    while (place > 0 && ranking->worth[place - 1u] < worth) {
        place--;
    }
    if (place == EDGE_TOP) {
        return;
    }
    ranking->n += ranking->n < EDGE_TOP;
    for (uint32_t i = ranking->n - 1u; i > place; i--) {
        ranking->pair[i] = ranking->pair[i - 1u];
        ranking->worth[i] = ranking->worth[i - 1u];
    }
    ranking->pair[place] = (uint16_t)pair;
    ranking->worth[place] = worth;
}

static bool ranked(const ranking_t *ranking, uint32_t pair)
{
    for (uint32_t i = 0; i < ranking->n; i++) {
        if (ranking->pair[i] == pair) {
            return true;
        }
    }
    return false;
}

static void put(edge_t *edge, uint32_t slot, uint16_t pair)
{
    edge->features.top[slot] = pair;
    edge->slot_run[slot] = 0;
    edge_band_forget_slot(&edge->respiration, slot);
    edge_band_forget_slot(&edge->heartbeat, slot);
}

void edge_slots_restart(edge_t *edge)
{
    memset(edge->slot_run, 0, sizeof edge->slot_run);
}

void edge_slots_clear(edge_t *edge)
{
    for (uint32_t j = 0; j < EDGE_TOP; j++) {
        put(edge, j, NO_PAIR);
        edge->features.top_variance[j] = 0.0f;
    }
}

void edge_slots_select(edge_t *edge)
{
    int64_t total = 0;
    for (uint32_t k = 0; k < edge->n_pairs; k++) {
        total += edge->power[k];
    }
    ranking_t best = {.n = 0};
    for (uint32_t k = 0; k < edge->n_pairs; k++) {
        if (edge->power[k] > 0 &&
            (int64_t)edge->power[k] * POWER_PORTION * edge->n_pairs >= total) {
            rank(&best, k, in_slot(edge, k) ? STAY * edge->variance[k] : edge->variance[k]);
        }
    }
    for (uint32_t j = 0; j < EDGE_TOP; j++) {
        if (edge->features.top[j] != NO_PAIR && !ranked(&best, edge->features.top[j])) {
            put(edge, j, NO_PAIR);
        }
    }
    for (uint32_t i = 0; i < best.n; i++) {
        if (in_slot(edge, best.pair[i])) {
            continue;
        }
        uint32_t free = 0;
        while (edge->features.top[free] != NO_PAIR) {
            free++;
        }
        put(edge, free, best.pair[i]);
    }
}

float edge_slots_score(const edge_t *edge)
{
    float sum = 0.0f;
    uint32_t n = 0;
    for (uint32_t j = 0; j < EDGE_TOP; j++) {
        const uint16_t k = edge->features.top[j];
        if (k != NO_PAIR) {
            const float e = (edge->features.active ? 0.0f : edge->deviation[k]) + edge->delta[k];
            sum += e * e;
            n++;
        }
    }
    return n > 0 ? sum / (float)n : 0.0f;
}

// Takes a pair's newest delta; true when its last 2 · stride are there.
static bool remember(edge_t *edge, uint32_t slot, float delta, bool regular)
{
    float *deltas = edge->slot_deltas[slot];
    memmove(deltas + 1, deltas, (2u * edge->stride - 1u) * sizeof *deltas);
    deltas[0] = delta;
    edge->slot_run[slot] = regular ? edge->slot_run[slot] + 1u : 0u;
    if (edge->slot_run[slot] < 2u * edge->stride) {
        return false;
    }
    edge->slot_run[slot] = 2u * edge->stride;
    return true;
}

// From the older half of the deltas to the newer, the shorter way round: whole turns between frames
// do not show in it.
static float rate_change(const float *deltas /*[2 * stride]*/, uint32_t stride)
{
    float change = 0.0f;
    for (uint32_t i = 0; i < stride; i++) {
        change += edge_wrap(deltas[i] - deltas[stride + i]);
    }
    return edge_wrap(change);
}

bool edge_slots_acceleration(edge_t *edge, bool regular, float *out)
{
    float sum = 0.0f;
    uint32_t n = 0;
    for (uint32_t j = 0; j < EDGE_TOP; j++) {
        const uint16_t k = edge->features.top[j];
        if (k != NO_PAIR && remember(edge, j, edge->delta[k], regular)) {
            const float change = rate_change(edge->slot_deltas[j], edge->stride);
            sum += change * change;
            n++;
        }
    }
    *out = n > 0 ? sum / (float)n : 0.0f;
    return n > 0;
}
