#include <math.h>
#include <string.h>

#include "rhythm_parts.h"

#define BREATH_FIRST 10u // half beats a minute
#define BREATH_STEP  1u
#define HEART_FIRST  96u
#define HEART_STEP   2u

#define MEMORY        24u // windows that count fully: two minutes
#define MIN_WINDOWS   6u  // before anything is valid: 50 s
#define MAX_MISSED    7u  // hops without a window after which the last answer is too old
#define FORGET_MISSED 24u // and after which the means are too
#define MAX_MOVES     40u // samples with movement, of a window's 125; deep breaths are taken for some
#define LOUD                                                                                       \
    0.08f // root mean square change of a band in 200 ms: more than at rest, less than a walk
#define RESTLESS       0.045f // the same, which 99 of 100 windows at rest stay below
#define SLOWEST_BREATH 10.0f  // half breaths a minute at which the weight is half
#define MAX_PIECES     6u     // of work a bin

#define VALID_CONF    0.9f
#define SECOND_CLEAR  2.5f  // of a second person's peak
#define MIN_BREATH    5.75f // above the lowest rate, where slow drift looks like a peak
#define MAX_BREATH    30.0f
#define HEART_CLEAR   5.0f // twice what any recording without a proven heartbeat has
#define MIN_HEART     50.0f
#define MAX_HEART     118.0f
#define MIN_FRESH     500u  // frames in 25 s: with fewer, faster changes would alias to a heartbeat
#define BREATH_KNOWN  0.5f  // conf from which on harmonics of breathing are looked for
#define HARMONIC_EACH 0.25f // a minute: how far the n-th harmonic may be off, over n

void edge_rhythm_restart(edge_rhythm_t *rhythm)
{
    memset(rhythm, 0, sizeof *rhythm);
}

// ---- weights ------------------------------------------------------------------------------------

// sqrt(f^(1/2) · f^4 / (1 + f^4) / f²), f in units of 5 a minute. The differences of the series
// gave a factor f²; what is left is between pink and white noise, with slow drift suppressed.
static float breath_weight(uint32_t halves)
{
    const float f = (float)halves / SLOWEST_BREATH;
    const float f2 = f * f, f4 = f2 * f2;
    return sqrtf(f4 / (1.0f + f4) / (f * sqrtf(f)));
}

// Undoes the differences and the means over 200 ms: |2 sin(x / 2) cos(x / 4)|^-1, x being the angle
// by which the rate turns in a sample.
static float heart_weight(uint32_t halves)
{
    const float c = rhythm_cosine(halves);
    return 1.0f / sqrtf((1.0f - c) * (1.0f + sqrtf(0.5f * (1.0f + c))));
}

// ---- the pieces ---------------------------------------------------------------------------------

static float share(const edge_rhythm_t *rhythm)
{
    return 1.0f / (float)(rhythm->windows < MEMORY ? rhythm->windows : MEMORY);
}

static bool has_root(const edge_rhythm_t *rhythm)
{
    return rhythm->root[0][0] > 0.0f;
}

static void transform_breath(edge_rhythm_t *rhythm, uint32_t r)
{
    const uint32_t halves = BREATH_FIRST + BREATH_STEP * r;
    rhythm_transform(&rhythm->series, rhythm->first, halves, breath_weight(halves),
                     rhythm->transform[r]);
}

static void level_breath(edge_rhythm_t *rhythm, uint32_t r)
{
    (void)r;
    rhythm->windows += rhythm->windows < MEMORY;
    rhythm_level(rhythm->transform, EDGE_BREATH_RATES);
    memset(rhythm->mean, 0, sizeof rhythm->mean);
}

static void add_breath(edge_rhythm_t *rhythm, uint32_t r)
{
    rhythm_together(rhythm->transform[r], share(rhythm), rhythm->together[r]);
    for (uint32_t p = 0; p < EDGE_BAND_PAIRS; p++) {
        rhythm->mean[p] += rhythm->together[r][p] / (float)EDGE_BREATH_RATES;
    }
}

static void root_breath(edge_rhythm_t *rhythm, uint32_t r)
{
    (void)r;
    rhythm_root(rhythm->mean, rhythm->root);
}

static void strengthen_breath(edge_rhythm_t *rhythm, uint32_t r)
{
    rhythm->breath_strength[r] =
        has_root(rhythm) ? rhythm_strength(rhythm->root, rhythm->together[r]) : 0.0f;
}

static void transform_heart(edge_rhythm_t *rhythm, uint32_t r)
{
    const uint32_t halves = HEART_FIRST + HEART_STEP * r;
    rhythm_transform(&rhythm->series, rhythm->first, halves, heart_weight(halves),
                     rhythm->transform[r]);
}

static void level_heart(edge_rhythm_t *rhythm, uint32_t r)
{
    (void)r;
    rhythm_level(rhythm->transform, EDGE_HEART_RATES);
    memset(rhythm->mean, 0, sizeof rhythm->mean);
}

static void add_heart(edge_rhythm_t *rhythm, uint32_t r)
{
    rhythm_together(rhythm->transform[r], 1.0f / (float)(r + 1u), rhythm->mean);
}

static void root_heart(edge_rhythm_t *rhythm, uint32_t r)
{
    (void)r;
    for (uint32_t p = 0; p < EDGE_BAND_PAIRS; p++) {
        rhythm->heart_noise[p] += share(rhythm) * (rhythm->mean[p] - rhythm->heart_noise[p]);
    }
    rhythm_root(rhythm->heart_noise, rhythm->root);
}

static void strengthen_heart(edge_rhythm_t *rhythm, uint32_t r)
{
    if (has_root(rhythm)) {
        const float power = rhythm_power(rhythm->root, rhythm->transform[r]);
        rhythm->heart_strength[r] += share(rhythm) * (power - rhythm->heart_strength[r]);
    }
}

// ---- answers ------------------------------------------------------------------------------------

// The share of correct rates among peaks as clear as this, on recordings of paced breathing.
static float confidence(float clear)
{
    static const float knots[][2] = {{1.0f, 0.0f},  {1.25f, 0.3f}, {1.5f, 0.55f}, {1.75f, 0.72f},
                                     {2.05f, 0.9f}, {2.5f, 0.97f}, {4.0f, 1.0f}};
    const uint32_t n = sizeof knots / sizeof knots[0];
    for (uint32_t i = 1; i < n; i++) {
        const float *a = knots[i - 1u], *b = knots[i];
        if (clear < b[0]) {
            const float up = (clear - a[0]) / (b[0] - a[0]);
            return up > 0.0f ? a[1] + up * (b[1] - a[1]) : a[1];
        }
    }
    return knots[n - 1u][1];
}

static bool is_multiple(float more, float less)
{
    const float twice = more - 2.0f * less, thrice = more - 3.0f * less;
    return fabsf(twice) < 2.0f || fabsf(thrice) < 3.0f;
}

static float breath_bpm(const rhythm_peak_t *peak)
{
    return 0.5f * ((float)BREATH_FIRST + (float)BREATH_STEP * peak->place);
}

static void answer_breath(edge_rhythm_t *rhythm, uint32_t r)
{
    (void)r;
    rhythm_peaks_t peaks;
    rhythm->breath = (edge_rate_t){0};
    if (!rhythm_peaks(rhythm->breath_strength, EDGE_BREATH_RATES, &peaks)) {
        return;
    }
    const float one = breath_bpm(&peaks.first), other = breath_bpm(&peaks.second);
    const bool two =
        peaks.second.clear >= SECOND_CLEAR && !is_multiple(one, other) && !is_multiple(other, one);
    const float conf = confidence(two ? peaks.first_of_several : peaks.first.clear);
    const uint32_t heard = rhythm->windows < MIN_WINDOWS ? rhythm->windows : MIN_WINDOWS;
    rhythm->breath.bpm = one;
    rhythm->breath.conf = conf * (float)heard / (float)MIN_WINDOWS;
    rhythm->breath.persons = two ? 2u : 1u;
    rhythm->missed = 0;
}

static bool is_harmonic(const edge_rate_t *breath, float bpm)
{
    if (breath->conf < BREATH_KNOWN) {
        return false;
    }
    const float order = (float)(uint32_t)(bpm / breath->bpm + 0.5f);
    return fabsf(bpm - order * breath->bpm) <= HARMONIC_EACH * order;
}

static void answer_heart(edge_rhythm_t *rhythm, uint32_t r)
{
    (void)r;
    rhythm_peaks_t peaks;
    rhythm->heart = (edge_rate_t){0};
    if (!rhythm_peaks(rhythm->heart_strength, EDGE_HEART_RATES, &peaks)) {
        return;
    }
    const float bpm = 0.5f * ((float)HEART_FIRST + (float)HEART_STEP * peaks.first.place);
    const float over = peaks.first.clear > 1.0f ? peaks.first.clear - 1.0f : 0.0f;
    const bool shown =
        edge_series_fresh(&rhythm->series) >= MIN_FRESH && !is_harmonic(&rhythm->breath, bpm);
    rhythm->heart.bpm = bpm;
    rhythm->heart.conf = shown ? over / (over + HEART_CLEAR - 1.0f) : 0.0f;
}

// ---- a window, piece by piece -------------------------------------------------------------------

typedef struct {
    void (*take)(edge_rhythm_t *rhythm, uint32_t rate);
    uint32_t rates;
    uint32_t each; // in a piece
} job_t;

static const job_t jobs[EDGE_JOBS] = {
    [EDGE_JOB_BREATH_TRANSFORM] = {transform_breath, EDGE_BREATH_RATES, 1},
    [EDGE_JOB_BREATH_LEVEL] = {level_breath, 1, 1},
    [EDGE_JOB_BREATH_ADD] = {add_breath, EDGE_BREATH_RATES, 8},
    [EDGE_JOB_BREATH_ROOT] = {root_breath, 1, 1},
    [EDGE_JOB_BREATH_STRENGTH] = {strengthen_breath, EDGE_BREATH_RATES, 2},
    [EDGE_JOB_BREATH_ANSWER] = {answer_breath, 1, 1},
    [EDGE_JOB_HEART_TRANSFORM] = {transform_heart, EDGE_HEART_RATES, 1},
    [EDGE_JOB_HEART_LEVEL] = {level_heart, 1, 1},
    [EDGE_JOB_HEART_ADD] = {add_heart, EDGE_HEART_RATES, 8},
    [EDGE_JOB_HEART_ROOT] = {root_heart, 1, 1},
    [EDGE_JOB_HEART_STRENGTH] = {strengthen_heart, EDGE_HEART_RATES, 8},
    [EDGE_JOB_HEART_ANSWER] = {answer_heart, 1, 1},
};

static void begin_job(edge_rhythm_t *rhythm, edge_job_t job)
{
    rhythm->job = job < EDGE_JOBS ? job : EDGE_JOB_NONE;
    rhythm->at = 0;
}

static void work(edge_rhythm_t *rhythm)
{
    const job_t *job = &jobs[rhythm->job];
    for (uint32_t i = 0; i < job->each && rhythm->at < job->rates; i++) {
        job->take(rhythm, rhythm->at++);
    }
    if (rhythm->job != EDGE_JOB_NONE && rhythm->at == job->rates) {
        begin_job(rhythm, rhythm->job + 1);
    }
}

// ---- time ---------------------------------------------------------------------------------------

// What was learnt of the rhythms is too old.
static void forget(edge_rhythm_t *rhythm)
{
    rhythm->windows = 0;
    rhythm->breath = rhythm->heart = (edge_rate_t){0};
}

static void begin_window(edge_rhythm_t *rhythm)
{
    begin_job(rhythm, EDGE_JOB_NONE); // rows of a window that is not finished are overwritten now
    rhythm->missed += rhythm->missed < FORGET_MISSED;
    if (rhythm->missed == FORGET_MISSED) {
        forget(rhythm);
    }
    const float power = edge_series_power(&rhythm->series);
    rhythm->loud = power > LOUD * LOUD;
    rhythm->restless = power > RESTLESS * RESTLESS;
    uint32_t moves = 0;
    for (uint32_t i = 0; i < EDGE_WINDOW_HOPS; i++) {
        moves += rhythm->recent[i];
    }
    // Movement, not a rhythm. A chest can move the amplitudes as much as a walk, but slowly.
    if (rhythm->loud || (moves > MAX_MOVES && rhythm->restless)) {
        return;
    }
    rhythm->owed = 0;
    rhythm->first = (rhythm->series.samples - EDGE_WINDOW) % EDGE_SERIES_ROWS;
    begin_job(rhythm, EDGE_JOB_BREATH_TRANSFORM);
}

static void take_sample(edge_rhythm_t *rhythm)
{
    const uint32_t samples = rhythm->series.samples;
    rhythm->moves += rhythm->moved;
    rhythm->moved = false;
    if (samples % EDGE_HOP != 0) {
        return;
    }
    rhythm->recent[samples / EDGE_HOP % EDGE_WINDOW_HOPS] = rhythm->moves;
    rhythm->moves = 0;
    if (samples >= EDGE_WINDOW) {
        begin_window(rhythm);
    }
}

static bool within(float x, float least, float most)
{
    return x >= least && x <= most;
}

void edge_rhythm_bin(edge_rhythm_t *rhythm, const edge_bin_t *bin, bool moving)
{
    if (rhythm->series.mask != bin->mask) { // other carriers: the bands change
        edge_rhythm_restart(rhythm);
    }
    rhythm->moved |= moving;
    if (edge_series_bin(&rhythm->series, bin)) {
        take_sample(rhythm);
    }
    // Bins without a frame come many at a time: their share of the work is done with later frames.
    rhythm->owed += rhythm->job != EDGE_JOB_NONE;
    for (uint32_t i = 0; i < MAX_PIECES && rhythm->owed > 0 && !bin->held; i++) {
        rhythm->owed--;
        work(rhythm);
    }
    const bool hidden = rhythm->loud || (moving && rhythm->restless);
    const bool now = !hidden && rhythm->missed <= MAX_MISSED;
    edge_rate_t *breath = &rhythm->breath, *heart = &rhythm->heart;
    breath->valid =
        now && breath->conf >= VALID_CONF && within(breath->bpm, MIN_BREATH, MAX_BREATH);
    heart->valid = now && rhythm->windows >= MIN_WINDOWS && heart->conf >= 0.5f &&
                   within(heart->bpm, MIN_HEART, MAX_HEART);
}
