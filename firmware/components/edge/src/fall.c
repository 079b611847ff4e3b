#include <string.h>

#include "room_parts.h"

#define EACH_BINS  5u
#define PAUSE_BINS (5u * EDGE_BIN_HZ)

// Bins with frames of their own.
#define MIN_BURST 6u
#define MIN_CALM  10u

// The number of jumps that two outliers make: a burst is judged by the next largest jump at most.
#define ODD_JUMPS 4u

// Rounding to int8 alone makes jumps of this size: no calm is taken for quieter.
#define MIN_JUMP 0.01f

#define MAX_KEPT (EDGE_CALM_BINS / 10u + 1u) // the largest tenth, and one
_Static_assert(MAX_KEPT >= EDGE_BURST_BINS / 2u + 1u, "the burst's upper half has to fit too");

void edge_fall_restart(edge_fall_t *fall)
{
    memset(fall, 0, sizeof *fall);
}

// The jumps known in bins first..first + n - 1 of the ring, the oldest being 0.
static uint32_t known(const edge_fall_t *fall, uint32_t first, uint32_t n, float *out /*[n]*/)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < n; i++) {
        const float jump = fall->jump[(fall->next + first + i) % EDGE_FALL_BINS];
        if (jump >= 0.0f) {
            out[found++] = jump;
        }
    }
    return found;
}

// The rank-th largest of x[n], the largest being rank 1; rank <= MAX_KEPT, rank <= n.
static float largest(const float *x /*[n]*/, uint32_t n, uint32_t rank)
{
    float kept[MAX_KEPT] = {0}; // descending
    uint32_t have = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (have == rank && x[i] <= kept[rank - 1u]) {
            continue;
        }
        uint32_t at = have < rank ? have++ : rank - 1u;
        for (; at > 0 && kept[at - 1u] < x[i]; at--) {
            kept[at] = kept[at - 1u];
        }
        kept[at] = x[i];
    }
    return kept[rank - 1u];
}

// The 90th percentile of a calm's jumps; -1 where it is not known.
static float loudest_calm(const edge_fall_t *fall, uint32_t first)
{
    float x[EDGE_CALM_BINS];
    const uint32_t n = known(fall, first, EDGE_CALM_BINS, x);
    return n < MIN_CALM ? -1.0f : largest(x, n, n - 9u * (n - 1u) / 10u);
}

// A burst's median jump, but none of the largest that two outliers can make.
static float usual_burst(const float *x /*[n]*/, uint32_t n)
{
    const uint32_t middle = n - (n - 1u) / 2u, beyond_odd = ODD_JUMPS + 1u;
    return largest(x, n, middle > beyond_odd ? middle : beyond_odd);
}

static float violence(const edge_fall_t *fall)
{
    float burst[EDGE_BURST_BINS];
    const uint32_t n = known(fall, EDGE_CALM_BINS + EDGE_EDGE_BINS, EDGE_BURST_BINS, burst);
    const float before = loudest_calm(fall, 0);
    const float after = loudest_calm(fall, EDGE_FALL_BINS - EDGE_CALM_BINS);
    if (n < MIN_BURST || before < 0.0f || after < 0.0f) {
        return 0.0f;
    }
    float calm = before > after ? before : after;
    calm = calm > MIN_JUMP ? calm : MIN_JUMP;
    return usual_burst(burst, n) / calm;
}

bool edge_fall_bin(edge_fall_t *fall, float jump)
{
    fall->jump[fall->next] = jump;
    fall->next = (fall->next + 1u) % EDGE_FALL_BINS;
    fall->filled += fall->filled < EDGE_FALL_BINS;
    fall->pause -= fall->pause > 0;
    fall->looked = ++fall->bins >= EACH_BINS && fall->filled == EDGE_FALL_BINS;
    if (!fall->looked) {
        return false;
    }
    fall->bins = 0;
    fall->violence = violence(fall);
    if (fall->pause > 0 || fall->violence < EDGE_FALL_VIOLENCE) {
        return false;
    }
    fall->pause = PAUSE_BINS;
    return true;
}
