#include "movement.h"

#include <math.h>
#include <string.h>

// Shares of a bin of 20 ms in running means with corners at 5 Hz and 0.5 Hz: 1 - exp(-2 pi f / 50).
#define FAST_SHARE  0.46651f
#define SLOW_SHARE  0.060899f
#define SCORE_SHARE 0.01f // two seconds

void edge_movement_restart(edge_movement_t *movement)
{
    memset(movement, 0, sizeof *movement);
}

// Of x[n], in any order; x is left sorted.
static float median(float *x /*[n]*/, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        const float moved = x[i];
        uint32_t j = i;
        for (; j > 0 && x[j - 1u] > moved; j--) {
            x[j] = x[j - 1u];
        }
        x[j] = moved;
    }
    return n % 2u ? x[n / 2u] : 0.5f * (x[n / 2u - 1u] + x[n / 2u]);
}

void edge_movement_bin(edge_movement_t *movement, const edge_bin_t *bin)
{
    if (!movement->begun) {
        memcpy(movement->fast, bin->n, sizeof movement->fast);
        memcpy(movement->slow, bin->n, sizeof movement->slow);
        movement->begun = true;
    }
    float apart[EDGE_SLOTS];
    uint32_t used = 0;
    for (uint32_t s = 0; s < EDGE_SLOTS; s++) {
        if (!edge_bin_uses(bin, s)) {
            continue;
        }
        movement->fast[s] += FAST_SHARE * (bin->n[s] - movement->fast[s]);
        movement->slow[s] += SLOW_SHARE * (bin->n[s] - movement->slow[s]);
        apart[used++] = fabsf(movement->fast[s] - movement->slow[s]);
    }
    movement->now = used > 0 ? median(apart, used) : 0.0f;
    movement->score += SCORE_SHARE * (movement->now - movement->score);
}
