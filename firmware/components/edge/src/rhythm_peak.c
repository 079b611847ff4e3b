#include <math.h>
#include <string.h>

#include "rhythm_parts.h"

#define WIDTH 5u // steps on either side that belong to a peak: the window spreads a tone so far
#define APART 8u // steps between two peaks that can be told apart

static uint32_t between(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

static float median(const float *strength /*[n]*/, uint32_t n)
{
    float x[RHYTHM_MAX_RATES];
    memcpy(x, strength, n * sizeof *x);
    edge_sort(x, n);
    return x[n / 2u];
}

static uint32_t highest(const float *strength /*[n]*/, uint32_t n)
{
    uint32_t top = 0;
    for (uint32_t i = 1; i < n; i++) {
        top = strength[i] > strength[top] ? i : top;
    }
    return top;
}

// The highest peak that is not on the slope of the first; n where there is none.
static uint32_t highest_other(const float *strength /*[n]*/, uint32_t n, uint32_t first)
{
    uint32_t top = n;
    for (uint32_t i = 1; i < n - 1u; i++) {
        const bool peak = strength[i] >= strength[i - 1u] && strength[i] >= strength[i + 1u];
        if (peak && between(i, first) >= APART && (top == n || strength[i] > strength[top])) {
            top = i;
        }
    }
    return top;
}

static float rest(const float *strength /*[n]*/, uint32_t n, uint32_t first, uint32_t second)
{
    float most = 0.0f;
    for (uint32_t i = 0; i < n; i++) {
        if (between(i, first) > WIDTH && between(i, second) > WIDTH && strength[i] > most) {
            most = strength[i];
        }
    }
    return most;
}

// By a parabola through the top and its neighbours.
static float place(const float *strength /*[n]*/, uint32_t n, uint32_t top)
{
    if (top == 0 || top == n - 1u) {
        return (float)top;
    }
    const float left = strength[top - 1u], right = strength[top + 1u];
    const float bend = left - 2.0f * strength[top] + right;
    const float off = bend < 0.0f ? 0.5f * (left - right) / bend : 0.0f;
    return (float)top + (off < -0.5f ? -0.5f : off > 0.5f ? 0.5f : off);
}

static float clearness(float height, float next, float usual)
{
    return height / next * sqrtf(height / usual);
}

bool rhythm_peaks(const float *strength /*[n]*/, uint32_t n, rhythm_peaks_t *out)
{
    const uint32_t first = highest(strength, n);
    const uint32_t second = highest_other(strength, n, first);
    const float alone = rest(strength, n, first, first);
    const float usual = median(strength, n);
    memset(out, 0, sizeof *out);
    if (!(usual > 0.0f && alone > 0.0f)) {
        return false;
    }
    out->first =
        (rhythm_peak_t){place(strength, n, first), clearness(strength[first], alone, usual)};
    if (second < n) {
        const float others = rest(strength, n, first, second);
        out->second =
            (rhythm_peak_t){place(strength, n, second), clearness(strength[second], others, usual)};
        out->first_of_several = clearness(strength[first], others, usual);
    }
    return true;
}
