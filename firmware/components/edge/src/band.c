#include "band.h"

#include <math.h>
#include <string.h>

#include "edge_bandpass.h"

#define MAX_BINS   84u
#define PEAK_SHARE 0.25f // of the highest: a peak of its own

static uint32_t at_most(uint32_t x, uint32_t most)
{
    return x < most ? x : most;
}

void edge_band_init(edge_band_t *band, const edge_band_design_t *design, float rate_hz)
{
    memset(band, 0, sizeof *band);
    const double rate = (double)rate_hz;
    const uint32_t decimation = (uint32_t)(rate / design->sample_hz);
    band->decimation = decimation > 0 ? decimation : 1u;
    const double sample_hz = rate / band->decimation;
    const double circle = (double)EDGE_CIRCLE / sample_hz; // bins a hertz
    band->sample_hz = (float)sample_hz;
    (void)edge_bandpass_design(design->low_hz, design->high_hz, sample_hz, &band->filter);
    band->n_lags = at_most((uint32_t)(design->lag_s * sample_hz), EDGE_MAX_LAGS);
    band->first_bin = (uint32_t)(design->low_hz * circle);
    band->last_bin = (uint32_t)(design->high_hz * circle) + 1u;
    band->min_samples = (uint32_t)(design->valid_s * sample_hz);
    band->lowest_bpm = (float)(60.0 * design->low_hz);
    band->highest_bpm = (float)(60.0 * design->high_hz);
    band->forget = (float)(1.0 - 1.0 / (design->memory_s * sample_hz));
    double full_peak = 0.0;
    for (uint32_t lag = 0; lag < band->n_lags; lag++) { // Hann
        const double angle = 3.14159265358979323846 * lag / band->n_lags;
        band->lag_window[lag] = (float)(0.5 + 0.5 * cos(angle));
        full_peak += 0.5 + 0.5 * cos(angle);
    }
    band->full_peak = (float)full_peak;
    edge_band_restart(band);
}

void edge_band_restart(edge_band_t *band)
{
    band->held = 0;
    memset(band->sum, 0, sizeof band->sum);
    memset(band->state, 0, sizeof band->state);
    memset(band->history, 0, sizeof band->history);
    memset(band->correlation, 0, sizeof band->correlation);
    band->newest = 0;
    band->samples = 0;
    band->until_estimate = (uint32_t)band->sample_hz;
    band->bpm = 0.0f;
    band->conf = 0.0f;
    band->peaks = 0;
}

void edge_band_forget_slot(edge_band_t *band, uint32_t slot)
{
    band->sum[slot] = 0.0f;
    memset(band->state[slot], 0, sizeof band->state[slot]);
    for (uint32_t row = 0; row < band->n_lags; row++) {
        band->history[row][slot] = 0.0f;
    }
}

// correlation[lag] += sum over the slots of now · history, lag samples ago.
static void correlate(edge_band_t *band)
{
    const float *now = band->history[band->newest];
    uint32_t row = band->newest;
    for (uint32_t lag = 0; lag < band->n_lags; lag++) {
        const float *then = band->history[row];
        float sum = 0.0f;
        for (uint32_t j = 0; j < EDGE_TOP; j++) {
            sum += now[j] * then[j];
        }
        band->correlation[lag] = band->correlation[lag] * band->forget + sum;
        row = row > 0 ? row - 1u : band->n_lags - 1u;
    }
}

// The power spectrum at the bins first_bin - 1 .. last_bin + 1, by the transform of the windowed
// correlation (Blackman and Tukey).
static void transform(const edge_band_t *band, const float *cosine, float *spectrum)
{
    float windowed[EDGE_MAX_LAGS];
    for (uint32_t lag = 1; lag < band->n_lags; lag++) {
        windowed[lag] = band->lag_window[lag] * band->correlation[lag];
    }
    for (uint32_t bin = band->first_bin - 1u; bin <= band->last_bin + 1u; bin++) {
        float sum = 0.0f;
        uint32_t angle = bin;
        for (uint32_t lag = 1; lag < band->n_lags; lag++) {
            sum += windowed[lag] * cosine[angle];
            angle += bin;
            angle = angle < EDGE_CIRCLE ? angle : angle - EDGE_CIRCLE;
        }
        *spectrum++ = band->correlation[0] + 2.0f * sum;
    }
}

// Where between its neighbours the peak of a parabola through three points lies: -0.5..0.5.
static float vertex(float left, float middle, float right)
{
    const float bend = left - 2.0f * middle + right;
    if (!(bend < 0.0f)) {
        return 0.0f;
    }
    const float offset = 0.5f * (left - right) / bend;
    return offset < -0.5f ? -0.5f : offset > 0.5f ? 0.5f : offset;
}

static float within(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

// The share of the band's power that is in this peak: a pure tone's is full_peak · correlation[0].
static float confidence(const edge_band_t *band, float peak)
{
    const float whole = band->correlation[0] * band->full_peak;
    return whole > 0.0f ? within(peak / whole, 0.0f, 1.0f) : 0.0f;
}

static void estimate(edge_band_t *band, const float *cosine)
{
    float spectrum[MAX_BINS];
    const uint32_t n = band->last_bin - band->first_bin + 3u;
    transform(band, cosine, spectrum);
    uint32_t top = 1;
    for (uint32_t i = 2; i < n - 1u; i++) {
        top = spectrum[i] > spectrum[top] ? i : top;
    }
    band->bpm = 0.0f;
    band->conf = 0.0f;
    band->peaks = 0;
    if (!(spectrum[top] > 0.0f)) {
        return;
    }
    const float bin = (float)(band->first_bin - 1u + top) +
                      vertex(spectrum[top - 1u], spectrum[top], spectrum[top + 1u]);
    const float bpm = 60.0f * bin * band->sample_hz / (float)EDGE_CIRCLE;
    band->bpm = within(bpm, band->lowest_bpm, band->highest_bpm);
    band->conf = confidence(band, spectrum[top]);
    for (uint32_t i = 1; i < n - 1u; i++) {
        band->peaks += spectrum[i] > spectrum[i - 1u] && spectrum[i] >= spectrum[i + 1u] &&
                       spectrum[i] >= PEAK_SHARE * spectrum[top];
    }
}

static void take_sample(edge_band_t *band, const float *cosine)
{
    band->newest = band->newest + 1u < band->n_lags ? band->newest + 1u : 0u;
    for (uint32_t j = 0; j < EDGE_TOP; j++) {
        const float mean = band->sum[j] / (float)band->decimation;
        band->history[band->newest][j] = edge_bandpass_step(&band->filter, band->state[j], mean);
        band->sum[j] = 0.0f;
    }
    band->held = 0;
    band->samples++;
    correlate(band);
    if (--band->until_estimate == 0) {
        band->until_estimate = (uint32_t)band->sample_hz;
        estimate(band, cosine);
    }
}

void edge_band_feed(edge_band_t *band, const float *x, uint32_t times, const float *cosine)
{
    for (; times > 0; times--) {
        for (uint32_t j = 0; j < EDGE_TOP; j++) {
            band->sum[j] += x[j];
        }
        if (++band->held == band->decimation) {
            take_sample(band, cosine);
        }
    }
}
