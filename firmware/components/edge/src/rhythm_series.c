#include <string.h>

#include "rhythm_parts.h"

#define BINS_A_SAMPLE 5u // of 100 ms

// 3 sigma of a normal distribution by its median absolute deviation: 3 · 1.4826
#define FAR 4.4478f

void edge_series_restart(edge_series_t *series)
{
    memset(series, 0, sizeof *series);
}

// Divides the carriers in use, in order, into groups as equal as possible.
static void group(edge_series_t *series, const edge_bin_t *bin)
{
    uint32_t count[EDGE_BANDS] = {0};
    uint32_t rank = 0;
    edge_series_restart(series);
    series->mask = bin->mask;
    for (uint32_t s = 0; s < EDGE_SLOTS; s++) {
        series->band[s] = EDGE_BANDS;
        if (edge_bin_uses(bin, s)) {
            series->band[s] = (uint8_t)(rank++ * EDGE_BANDS / bin->used);
            count[series->band[s]]++;
        }
    }
    for (uint32_t b = 0; b < EDGE_BANDS; b++) {
        series->share[b] = count[b] > 0 ? 1.0f / (float)(count[b] * BINS_A_SAMPLE) : 0.0f;
    }
}

// The sample in the middle of the recent ones, limited to FAR deviations from their median.
static float smooth(const edge_series_t *series, uint32_t centre, uint32_t b)
{
    float x[EDGE_SMOOTH], off[EDGE_SMOOTH];
    for (uint32_t i = 0; i < EDGE_SMOOTH; i++) {
        x[i] = series->recent[i][b];
    }
    const float value = x[centre];
    const float median = edge_median(x, EDGE_SMOOTH);
    for (uint32_t i = 0; i < EDGE_SMOOTH; i++) {
        off[i] = x[i] < median ? median - x[i] : x[i] - median;
    }
    const float most = FAR * edge_median(off, EDGE_SMOOTH);
    return value > median + most ? median + most : value < median - most ? median - most : value;
}

// The change of the bands since the last sample.
static void add_row(edge_series_t *series, const float *now /*[EDGE_BANDS]*/)
{
    float *row = series->rows[series->samples % EDGE_SERIES_ROWS];
    for (uint32_t b = 0; b < EDGE_BANDS; b++) {
        row[b] = series->samples > 0 ? now[b] - series->last[b] : 0.0f;
        series->last[b] = now[b];
    }
    series->samples++;
    if (series->samples % EDGE_HOP == 0) {
        series->fresh[series->samples / EDGE_HOP % EDGE_WINDOW_HOPS] = series->own;
        series->own = 0;
    }
}

// A sample of 100 ms is complete.
static bool add_recent(edge_series_t *series)
{
    float *newest = series->recent[series->recents % EDGE_SMOOTH];
    for (uint32_t b = 0; b < EDGE_BANDS; b++) {
        newest[b] = series->sum[b] * series->share[b];
        series->sum[b] = 0.0f;
    }
    series->bins = 0;
    if (++series->recents < EDGE_SMOOTH) {
        return false;
    }
    const uint32_t centre = (series->recents + EDGE_SMOOTH / 2u) % EDGE_SMOOTH;
    const bool second = (series->recents - EDGE_SMOOTH) % 2u != 0;
    float now[EDGE_BANDS];
    for (uint32_t b = 0; b < EDGE_BANDS; b++) {
        const float value = smooth(series, centre, b);
        now[b] = 0.5f * (series->half[b] + value);
        series->half[b] = value;
    }
    if (second) {
        add_row(series, now);
    }
    return second;
}

bool edge_series_bin(edge_series_t *series, const edge_bin_t *bin)
{
    if (series->mask != bin->mask) {
        group(series, bin);
    }
    for (uint32_t s = 0; s < EDGE_SLOTS; s++) {
        if (series->band[s] < EDGE_BANDS) {
            series->sum[series->band[s]] += bin->n[s];
        }
    }
    series->own += !bin->held;
    return ++series->bins == BINS_A_SAMPLE && add_recent(series);
}

uint32_t edge_series_fresh(const edge_series_t *series)
{
    uint32_t fresh = 0;
    for (uint32_t i = 0; i < EDGE_WINDOW_HOPS; i++) {
        fresh += series->fresh[i];
    }
    return fresh;
}

float edge_series_power(const edge_series_t *series)
{
    float sum = 0.0f;
    for (uint32_t i = 0; i < EDGE_WINDOW; i++) {
        const float *row = series->rows[(series->samples - EDGE_WINDOW + i) % EDGE_SERIES_ROWS];
        for (uint32_t b = 0; b < EDGE_BANDS; b++) {
            sum += row[b] * row[b];
        }
    }
    return sum / (float)(EDGE_WINDOW * EDGE_BANDS);
}
