#include "slots.h"

#include <string.h>

#include "angle.h"
#include "band.h"

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
    edge->slot_has_delta[slot] = false;
    edge_band_forget_slot(&edge->respiration, slot);
    edge_band_forget_slot(&edge->heartbeat, slot);
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

bool edge_slots_acceleration(edge_t *edge, bool regular, float *out)
{
    float sum = 0.0f;
    uint32_t n = 0;
    for (uint32_t j = 0; j < EDGE_TOP; j++) {
        const uint16_t k = edge->features.top[j];
        if (k != NO_PAIR) {
            const float change = edge_wrap(edge->delta[k] - edge->slot_delta[j]);
            if (regular && edge->slot_has_delta[j]) {
                sum += change * change;
                n++;
            }
            edge->slot_delta[j] = edge->delta[k];
            edge->slot_has_delta[j] = regular;
        }
    }
    *out = n > 0 ? sum / (float)n : 0.0f;
    return n > 0;
}
