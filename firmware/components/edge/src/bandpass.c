#include "edge_bandpass.h"

#include <math.h>

#define PI         3.14159265358979323846
#define SQRT_EIGHT 2.82842712474619009760

typedef struct {
    double re;
    double im;
} complex_t;

// A section from one of its two conjugate poles in s, where s = (z - 1) / (z + 1): the pole in z is
// (1 + s) / (1 - s). Zeros at 0 and at infinity in s become 1 and -1 in z.
static edge_biquad_t section(complex_t s, double bandwidth)
{
    const double below = (1.0 - s.re) * (1.0 - s.re) + s.im * s.im; // |1 - s|²
    const double above = (1.0 + s.re) * (1.0 + s.re) + s.im * s.im; // |1 + s|²
    const double real = 1.0 - s.re * s.re - s.im * s.im;            // of (1 + s) conj(1 - s)
    return (edge_biquad_t){
        .g = (float)(bandwidth / below),
        .a1 = (float)(-2.0 * real / below),
        .a2 = (float)(above / below),
    };
}

esp_err_t edge_bandpass_design(double low_hz, double high_hz, double sample_hz,
                               edge_bandpass_t *out)
{
    if (!out || !(low_hz > 0.0 && low_hz < high_hz && high_hz < sample_hz / 2.0)) {
        return ESP_ERR_INVALID_ARG;
    }
    const double low = tan(PI * low_hz / sample_hz);
    const double high = tan(PI * high_hz / sample_hz);
    const double bandwidth = high - low;
    // The low-pass prototype has the pole p = (-1 + j) / sqrt 2; s² - bandwidth p s + low high = 0
    // turns it into two of the band-pass. Half of the discriminant's root:
    const double re = -low * high;                  // of (bandwidth p / 2)² - low high
    const double im = -bandwidth * bandwidth / 4.0; // p² = -j
    const double size = sqrt(re * re + im * im);
    const complex_t root = {sqrt((size + re) / 2.0), -sqrt((size - re) / 2.0)};
    const double half = bandwidth / SQRT_EIGHT; // bandwidth p / 2 = half (-1 + j)
    const complex_t upper = {-half - root.re, half - root.im};
    const complex_t lower = {-half + root.re, half + root.im};
    const bool in_order =
        lower.im * lower.im + lower.re * lower.re < upper.im * upper.im + upper.re * upper.re;
    out->section[0] = section(in_order ? lower : upper, bandwidth);
    out->section[1] = section(in_order ? upper : lower, bandwidth);
    return ESP_OK;
}

float edge_bandpass_step(const edge_bandpass_t *filter, float state[2][2], float x)
{
    for (int i = 0; i < 2; i++) {
        const edge_biquad_t *b = &filter->section[i];
        const float v = b->g * x;
        const float y = v + state[i][0];
        state[i][0] = state[i][1] - b->a1 * y;
        state[i][1] = -v - b->a2 * y;
        x = y;
    }
    return x;
}
