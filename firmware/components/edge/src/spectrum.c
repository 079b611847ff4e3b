#include <string.h>

#include "edge_arithmetic.h"
#include "edge_parts.h"

#define N_STEPS     4096.0f  // to 8 times the mean amplitude
#define RATIO_STEPS 2048.0f  // to 16 times its square
#define FLOOR       0x1p-20f // of a band's power: well below what any radio's noise has
#define BANDS       (EDGE_SPECTRUM_LEN / 2u)
#define PAST        (EDGE_SPECTRUM_RING - EDGE_SPECTRUM_BINS)

_Static_assert(EDGE_SPECTRUM_BINS == EDGE_FFT64, "a spectrum is one transform of each carrier");
_Static_assert(EDGE_SPECTRUM_LINE == EDGE_FFT64 / 2u, "both directions together");

static const uint8_t edges[BANDS + 1u] = {1, 2, 3, 4, 6, 9, 14, 22, 33};

// 1/2 - 1/2 cos(2 pi t / 64), at the place of t
static const float hann[EDGE_FFT64] = {
    0.0f,          0.5f,          1.0f,           0.5f,           0.038060233f,   0.691341698f,
    0.961939752f,  0.308658272f,  0.146446615f,   0.853553414f,   0.853553414f,   0.146446615f,
    0.308658272f,  0.961939752f,  0.691341698f,   0.038060233f,   0.00240763673f, 0.549008548f,
    0.99759239f,   0.450991422f,  0.0590393692f,  0.735698342f,   0.940960646f,   0.264301628f,
    0.182803363f,  0.886505246f,  0.817196667f,   0.113494776f,   0.354857653f,   0.978470147f,
    0.645142317f,  0.0215298329f, 0.00960735977f, 0.597545147f,   0.990392625f,   0.402454853f,
    0.0842651948f, 0.777785122f,  0.915734828f,   0.222214878f,   0.222214878f,   0.915734828f,
    0.777785122f,  0.0842651948f, 0.402454853f,   0.990392625f,   0.597545147f,   0.00960735977f,
    0.0215298329f, 0.645142317f,  0.978470147f,   0.354857653f,   0.113494776f,   0.817196667f,
    0.886505246f,  0.182803363f,  0.264301628f,   0.940960646f,   0.735698342f,   0.0590393692f,
    0.450991422f,  0.99759239f,   0.549008548f,   0.00240763673f,
};

void edge_spectrum_init(edge_spectrum_t *spectrum, uint32_t every)
{
    memset(spectrum, 0, sizeof *spectrum);
    spectrum->every = every;
    edge_spectrum_restart(spectrum);
}

void edge_spectrum_restart(edge_spectrum_t *spectrum)
{
    spectrum->due = EDGE_SPECTRUM_BINS;
    spectrum->left = 0;
    memset(spectrum->in_use, 0, sizeof spectrum->in_use);
    memset(spectrum->values, 0, sizeof spectrum->values);
}

// ---- the ring -----------------------------------------------------------------------------------

static int16_t fixed(float x, float steps)
{
    const float scaled = x * steps;
    const float rounded = scaled < 0.0f ? scaled - 0.5f : scaled + 0.5f;
    return (int16_t)(rounded > 32767.0f ? 32767 : rounded < -32767.0f ? -32767 : (int32_t)rounded);
}

static void keep(edge_spectrum_t *s, const edge_bin_t *bin)
{
    int16_t *n = s->n[s->next];
    int16_t(*ratio)[2] = s->ratio[s->next];
    for (uint32_t slot = 0; slot < EDGE_SLOTS; slot++) {
        n[slot] = fixed(bin->n[slot], N_STEPS);
        const uint8_t before = s->in_use[slot];
        s->in_use[slot] = !edge_bin_uses(bin, slot)     ? 0
                          : before < EDGE_SPECTRUM_BINS ? (uint8_t)(before + 1u)
                                                        : before;
    }
    for (uint32_t i = 0; i < EDGE_RATIOS; i++) {
        ratio[i][0] = fixed(bin->ratio[i][0], RATIO_STEPS);
        ratio[i][1] = fixed(bin->ratio[i][1], RATIO_STEPS);
    }
    s->next = (s->next + 1u) % EDGE_SPECTRUM_RING;
}

// ---- one transform ------------------------------------------------------------------------------

// Where in a column of the ring the sample is that belongs to each place of a transform.
typedef struct {
    uint16_t at[EDGE_FFT64];
} places_t;

static void find_places(const edge_spectrum_t *s, uint32_t stride, places_t *places)
{
    for (uint32_t t = 0; t < EDGE_SPECTRUM_BINS; t++) {
        const uint32_t row = (s->first + t) % EDGE_SPECTRUM_RING;
        places->at[edge_fft64_place(t)] = (uint16_t)(row * stride);
    }
}

// Transforms two windowed columns of 64 samples, less their means, as one column of complex
// numbers, and adds |z(f)|² + |z(-f)|², which is twice the power of both together. At first a
// sample is subtracted, which leaves small integers; the rest of the mean shows at f = 1 alone.
static void transform(const int16_t *re /*[EDGE_FFT64 places]*/,
                      const int16_t *im /*[as re], NULL: 0*/, const places_t *places,
                      float *power /*[EDGE_SPECTRUM_LINE]*/)
{
    float z[EDGE_FFT64][2];
    const int32_t base_re = re[places->at[0]], base_im = im ? im[places->at[0]] : 0;
    int32_t sum_re = 0, sum_im = 0;
    for (uint32_t i = 0; i < EDGE_FFT64; i++) {
        const int32_t a = re[places->at[i]] - base_re;
        const int32_t b = im ? im[places->at[i]] - base_im : 0;
        sum_re += a;
        sum_im += b;
        z[i][0] = (float)a * hann[i];
        z[i][1] = (float)b * hann[i];
    }
    edge_fft64(z);
    // the window lets a constant through at f = 1, with -16 of its 64 samples
    const float rest_re = (float)sum_re * 0.25f, rest_im = (float)sum_im * 0.25f;
    z[1][0] += rest_re;
    z[1][1] += rest_im;
    z[EDGE_FFT64 - 1u][0] += rest_re;
    z[EDGE_FFT64 - 1u][1] += rest_im;
    for (uint32_t f = 1; f <= EDGE_SPECTRUM_LINE; f++) {
        const float *up = z[f], *down = z[EDGE_FFT64 - f];
        power[f - 1u] += (up[0] * up[0] + up[1] * up[1]) + (down[0] * down[0] + down[1] * down[1]);
    }
}

// Removes the lowest bit of *set and returns its number.
static uint32_t take_lowest(uint64_t *set)
{
    uint32_t bit = 0;
    while (!(*set >> bit & 1u)) {
        bit++;
    }
    *set &= *set - 1u;
    return bit;
}

// Two amplitudes at a time, of which the last may be alone; returns how many transforms are left.
static uint32_t transform_amplitudes(edge_spectrum_t *s, uint32_t most)
{
    places_t places;
    find_places(s, EDGE_SLOTS, &places);
    for (; most > 0 && s->amplitudes; most--) {
        const int16_t *const first = &s->n[0][take_lowest(&s->amplitudes)];
        const int16_t *const second = s->amplitudes ? &s->n[0][take_lowest(&s->amplitudes)] : NULL;
        transform(first, second, &places, s->power[0]);
        s->left--;
    }
    return most;
}

static void transform_ratios(edge_spectrum_t *s, uint32_t most)
{
    places_t places;
    find_places(s, 2u * EDGE_RATIOS, &places);
    for (; most > 0 && s->ratios; most--) {
        const int16_t *const ratio = s->ratio[0][take_lowest(&s->ratios)];
        transform(ratio, ratio + 1, &places, s->power[1]);
        s->left--;
    }
}

// ---- one spectrum -------------------------------------------------------------------------------

// Begins a spectrum of the carriers that were used in all of the 64 bins.
static void begin(edge_spectrum_t *s)
{
    s->first = (s->next + PAST) % EDGE_SPECTRUM_RING;
    s->amplitudes = 0;
    for (uint32_t slot = 0; slot < EDGE_SLOTS; slot++) {
        s->amplitudes |= (uint64_t)(s->in_use[slot] == EDGE_SPECTRUM_BINS) << slot;
    }
    s->ratios = s->amplitudes & s->amplitudes >> EDGE_RATIO_STEP;
    s->n_amplitudes = edge_count(s->amplitudes);
    s->n_ratios = edge_count(s->ratios);
    s->left = (s->n_amplitudes + 1u) / 2u + s->n_ratios;
    const uint32_t turns = s->every < EDGE_SPECTRUM_TURN ? s->every : EDGE_SPECTRUM_TURN;
    s->a_turn = (s->left + turns - 1u) / turns;
    s->due = s->every;
    memset(s->power, 0, sizeof s->power);
}

static void fill_bands(const float *power /*[EDGE_SPECTRUM_LINE]*/, float scale,
                       float *out /*[BANDS]*/)
{
    for (uint32_t band = 0; band < BANDS; band++) {
        float sum = 0.0f;
        for (uint32_t f = edges[band]; f < edges[band + 1u]; f++) {
            sum += power[f - 1u];
        }
        const float mean = sum / (float)(edges[band + 1u] - edges[band]);
        out[band] = edge_logf(mean * scale + FLOOR);
    }
}

// From sums in steps of the ring to means over the carriers.
static void finish(edge_spectrum_t *s)
{
    const float amplitudes = s->n_amplitudes > 0 ? (float)s->n_amplitudes : 1.0f;
    const float ratios = s->n_ratios > 0 ? (float)s->n_ratios : 1.0f;
    // a power of two over a whole number: only the division rounds
    fill_bands(s->power[0], 0.5f / (N_STEPS * N_STEPS) / amplitudes, s->values);
    fill_bands(s->power[1], 1.0f / (RATIO_STEPS * RATIO_STEPS) / ratios, s->values + BANDS);
    s->count++;
}

void edge_spectrum_bin(edge_spectrum_t *s, const edge_bin_t *bin)
{
    if (s->every == 0) {
        return;
    }
    keep(s, bin);
    if (--s->due == 0) {
        begin(s);
    }
    if (s->left == 0) {
        return;
    }
    const uint32_t most = s->amplitudes ? transform_amplitudes(s, s->a_turn) : s->a_turn;
    if (most > 0) {
        transform_ratios(s, most);
    }
    if (s->left == 0) {
        finish(s);
    }
}
