#include <math.h>
#include <string.h>

#include "edge_parts.h"

// Shares of a bin of 20 ms in running means with corners at 5 Hz and 1 Hz: 1 - exp(-2 pi f / 50).
#define FAST_SHARE 0.46650914f
#define SLOW_SHARE 0.11808862f

#define BAND_SLOTS  (EDGE_SLOTS / EDGE_MOVEMENT_BANDS)
#define LOST_BINS   25u // half a second without a frame hides what happened
#define SETTLE_TICK 11u // by then the start no longer shows in the slow mean

void edge_movement_restart(edge_movement_t *movement)
{
    memset(movement, 0, sizeof *movement);
    movement->jump = -1.0f;
}

static bool uses(uint32_t used, uint32_t band)
{
    return (used >> band & 1u) != 0;
}

// Mean n of each band's carriers: noise differs between carriers, a path changes neighbours alike.
static uint32_t average(const edge_bin_t *bin, float *band /*[EDGE_MOVEMENT_BANDS]*/)
{
    uint32_t used = 0;
    for (uint32_t b = 0; b < EDGE_MOVEMENT_BANDS; b++) {
        float sum = 0.0f;
        uint32_t n = 0;
        for (uint32_t s = b * BAND_SLOTS; s < (b + 1u) * BAND_SLOTS; s++) {
            sum += bin->n[s];
            n += edge_bin_uses(bin, s);
        }
        band[b] = n > 0 ? sum / (float)n : 0.0f;
        used |= n > 0 ? 1u << b : 0u;
    }
    return used;
}

static float median_of_three(float a, float b, float c)
{
    const float low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

// Mean |a - b| over the used bands.
static float distance(const float *a /*[EDGE_MOVEMENT_BANDS]*/,
                      const float *b /*[EDGE_MOVEMENT_BANDS]*/, uint32_t used)
{
    float sum = 0.0f;
    uint32_t n = 0;
    for (uint32_t i = 0; i < EDGE_MOVEMENT_BANDS; i++) {
        if (uses(used, i)) {
            sum += fabsf(a[i] - b[i]);
            n++;
        }
    }
    return n > 0 ? sum / (float)n : 0.0f;
}

// A bin with a frame of its own. The median of three such bins leaves out one outlier.
static void take_fresh(edge_movement_t *movement, const edge_bin_t *bin)
{
    memcpy(movement->before[1], movement->before[0], sizeof movement->before[1]);
    memcpy(movement->before[0], movement->band, sizeof movement->before[0]);
    const uint32_t used = average(bin, movement->band);
    const bool begins = movement->fresh < EDGE_FRESH_NEEDED;
    movement->fresh += begins;
    for (uint32_t b = 0; b < EDGE_MOVEMENT_BANDS; b++) {
        const bool is_new = !uses(movement->used, b);
        if (is_new) {
            movement->before[0][b] = movement->before[1][b] = movement->band[b];
        }
        movement->smooth[b] =
            median_of_three(movement->band[b], movement->before[0][b], movement->before[1][b]);
        if (begins || is_new) {
            movement->fast[b] = movement->slow[b] = movement->smooth[b];
        }
    }
    movement->used = used;
    movement->jump = begins ? -1.0f : distance(movement->band, movement->before[0], movement->used);
}

static float change(edge_movement_t *movement)
{
    float apart[EDGE_MOVEMENT_BANDS];
    uint32_t n = 0;
    for (uint32_t b = 0; b < EDGE_MOVEMENT_BANDS; b++) {
        if (!uses(movement->used, b)) {
            continue;
        }
        movement->fast[b] += FAST_SHARE * (movement->smooth[b] - movement->fast[b]);
        movement->slow[b] += SLOW_SHARE * (movement->smooth[b] - movement->slow[b]);
        apart[n++] = fabsf(movement->fast[b] - movement->slow[b]);
    }
    return n > 0 ? edge_median(apart, n) : 0.0f;
}

// Mean of all ticks but the largest fifth: two outliers in a row are larger than a walk.
static float usual(const edge_movement_t *movement)
{
    float sorted[EDGE_SCORE_TICKS];
    memcpy(sorted, movement->ticks, movement->n_ticks * sizeof *sorted);
    edge_sort(sorted, movement->n_ticks);
    const uint32_t n = movement->n_ticks - movement->n_ticks / 5u;
    float sum = 0.0f;
    for (uint32_t i = 0; i < n; i++) {
        sum += sorted[i];
    }
    return sum / (float)n;
}

static void complete_tick(edge_movement_t *movement)
{
    movement->tick = movement->sum / (float)EDGE_TICK_BINS;
    movement->ticks[movement->next] = movement->tick;
    movement->next = (movement->next + 1u) % EDGE_SCORE_TICKS;
    movement->n_ticks += movement->n_ticks < EDGE_SCORE_TICKS;
    movement->lively = movement->n_ticks >= SETTLE_TICK && movement->max_silent <= LOST_BINS;
    movement->score = usual(movement);
    movement->sum = 0.0f;
    movement->bins = 0;
    movement->max_silent = movement->silent;
    movement->ticked = true;
}

static void begin_bin(edge_movement_t *movement)
{
    if (movement->ticked) {
        movement->jump_sum = 0.0f;
        movement->jumps = 0;
    }
    movement->ticked = false;
}

void edge_movement_bin(edge_movement_t *movement, const edge_bin_t *bin)
{
    begin_bin(movement);
    if (bin->held) {
        movement->jump = -1.0f;
        movement->silent++;
    } else {
        take_fresh(movement, bin);
        movement->silent = 0;
    }
    if (movement->jump >= 0.0f) {
        movement->jump_sum += movement->jump;
        movement->jumps++;
    }
    if (movement->silent > movement->max_silent) {
        movement->max_silent = movement->silent;
    }
    movement->sum += change(movement);
    if (++movement->bins == EDGE_TICK_BINS) {
        complete_tick(movement);
    }
}
