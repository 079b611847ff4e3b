#include "csi_codec.h"

#include <stdbool.h>
#include <string.h>

#include "csi_frame.h"

#define K_BITS    3u
#define K_COUNT   (1u << K_BITS)
#define ESCAPE    8u // so many ones, and u itself follows
#define U_BITS    8u
#define FIRST     2u  // pairs that CSI_FIRST_AS_BEFORE leaves out
#define MAX_ZEROS 11u // of a gamma code, which then is of a run longer than any frame

typedef struct {
    const uint8_t *prev; // [pairs][2] or null
    const uint8_t *now;  // [pairs][2]
    size_t pairs;
    uint8_t coding;
} frame_t;

static bool is_zero(const uint8_t *frame /*[pairs][2]*/, size_t pair)
{
    return frame[2u * pair] == 0 && frame[2u * pair + 1u] == 0;
}

static bool is_first(uint8_t coding, size_t pair)
{
    return (coding & CSI_FIRST_AS_BEFORE) && pair < FIRST;
}

// Whether the pair is one of the zeros that are left out.
static bool is_left_zero(const frame_t *f, size_t pair)
{
    return is_zero((f->coding & CSI_ZEROS_AS_BEFORE) ? f->prev : f->now, pair);
}

static uint32_t difference(uint8_t now, uint8_t before)
{
    const uint32_t d = (now - (uint32_t)before) & 0xFFu;
    return d < 128u ? 2u * d : 2u * (256u - d) - 1u;
}

static uint8_t plus_difference(uint8_t before, uint32_t u)
{
    return (uint8_t)(u & 1u ? before - (u + 1u) / 2u : before + u / 2u);
}

// ---- writing ------------------------------------------------------------------------------------

typedef struct {
    uint8_t *out; // [cap]
    size_t cap;
    size_t len;
    uint32_t bits; // the last `held` ones are not in `out` yet
    uint32_t held;
    bool is_full;
} writer_t;

// At most 24 bits.
static void put(writer_t *w, uint32_t value, uint32_t bits)
{
    w->bits = w->bits << bits | value;
    w->held += bits;
    while (w->held >= 8u) {
        w->held -= 8u;
        if (w->len == w->cap) {
            w->is_full = true;
            return;
        }
        w->out[w->len++] = (uint8_t)(w->bits >> w->held);
    }
}

// At least 1.
static void put_gamma(writer_t *w, size_t n)
{
    uint32_t zeros = 0;
    while (n >> zeros > 1u) {
        zeros++;
    }
    put(w, (uint32_t)n, 2u * zeros + 1u);
}

static void put_difference(writer_t *w, uint32_t u, uint32_t k)
{
    const uint32_t ones = u >> k;
    if (ones >= ESCAPE) {
        put(w, (1u << ESCAPE) - 1u, ESCAPE);
        put(w, u, U_BITS);
        return;
    }
    put(w, (1u << (ones + 1u)) - 2u, ones + 1u);
    put(w, u & ((1u << k) - 1u), k);
}

static uint32_t coded_bits(uint32_t u, uint32_t k)
{
    return u >> k < ESCAPE ? (u >> k) + 1u + k : ESCAPE + U_BITS;
}

static bool is_coded(const frame_t *f, size_t pair)
{
    return !is_left_zero(f, pair) && !is_first(f->coding, pair);
}

// The smallest k that makes the code of the next CSI_RICE_BLOCK coded pairs shortest. `before` is
// the coded pair before them.
static uint32_t best_k(const frame_t *f, size_t pair, const uint8_t *before /*[2]*/)
{
    uint32_t bits[K_COUNT] = {0};
    for (uint32_t n = 0; n < CSI_RICE_BLOCK && pair < f->pairs; pair++) {
        if (!is_coded(f, pair)) {
            continue;
        }
        const uint8_t *const at = f->now + 2u * pair;
        const uint32_t first = difference(at[0], before[0]);
        const uint32_t second = difference(at[1], before[1]);
        for (uint32_t k = 0; k < K_COUNT; k++) {
            bits[k] += coded_bits(first, k) + coded_bits(second, k);
        }
        before = at;
        n++;
    }
    uint32_t best = 0;
    for (uint32_t k = 1; k < K_COUNT; k++) {
        best = bits[k] < bits[best] ? k : best;
    }
    return best;
}

// How many pairs from `pair` on are zero, or are not.
static size_t run_length(const frame_t *f, size_t pair, bool zeros)
{
    size_t n = 0;
    while (pair + n < f->pairs && is_zero(f->now, pair + n) == zeros) {
        n++;
    }
    return n;
}

static void put_pairs(writer_t *w, const frame_t *f)
{
    static const uint8_t nothing[2];
    const uint8_t *before = nothing;
    uint32_t k = 0;
    uint32_t n = 0;
    bool zeros = false;
    size_t run_end = f->pairs;
    if (!(f->coding & CSI_ZEROS_AS_BEFORE)) {
        run_end = run_length(f, 0, zeros);
        put_gamma(w, run_end + 1u);
    }
    for (size_t pair = 0; pair < f->pairs && !w->is_full; pair++) {
        if (pair == run_end) {
            zeros = !zeros;
            run_end += run_length(f, pair, zeros);
            put_gamma(w, run_end - pair);
        }
        if (!is_coded(f, pair)) {
            continue;
        }
        if (n++ % CSI_RICE_BLOCK == 0) {
            k = best_k(f, pair, before);
            put(w, k, K_BITS);
        }
        const uint8_t *const at = f->now + 2u * pair;
        put_difference(w, difference(at[0], before[0]), k);
        put_difference(w, difference(at[1], before[1]), k);
        before = at;
    }
}

static uint8_t choose_coding(const frame_t *f)
{
    if (!f->prev) {
        return CSI_CODING_RICE;
    }
    bool zeros_stay = true;
    for (size_t pair = 0; pair < f->pairs && zeros_stay; pair++) {
        zeros_stay = !is_zero(f->prev, pair) || is_zero(f->now, pair);
    }
    const bool first_stays = f->pairs >= FIRST && memcmp(f->prev, f->now, 2u * FIRST) == 0;
    return (uint8_t)(CSI_CODING_RICE | (zeros_stay ? CSI_ZEROS_AS_BEFORE : 0u) |
                     (first_stays ? CSI_FIRST_AS_BEFORE : 0u));
}

static bool is_frame_size(size_t len)
{
    return len % 2u == 0 && len <= 2u * CSI_MAX_PAIRS;
}

esp_err_t csi_compress(const uint8_t *prev, const uint8_t *now, size_t len, uint8_t *out,
                       size_t cap, size_t *out_len)
{
    if (!now || !out || !out_len) {
        return ESP_ERR_INVALID_ARG;
    }
    *out_len = 0;
    if (!is_frame_size(len) || cap == 0) {
        return ESP_ERR_INVALID_SIZE;
    }
    frame_t f = {prev, now, len / 2u, 0};
    f.coding = choose_coding(&f);
    writer_t w = {.out = out, .cap = cap < len ? cap : len};
    put(&w, f.coding, 8u);
    put_pairs(&w, &f);
    put(&w, 0, (8u - w.held) % 8u);
    if (!w.is_full) {
        *out_len = w.len;
        return ESP_OK;
    }
    if (cap < CSI_COMPRESSED_MAX(len)) {
        return ESP_ERR_INVALID_SIZE;
    }
    out[0] = CSI_CODING_RAW;
    memcpy(out + 1, now, len);
    *out_len = CSI_COMPRESSED_MAX(len);
    return ESP_OK;
}

// ---- reading ------------------------------------------------------------------------------------

typedef struct {
    const uint8_t *data; // [bits / 8]
    size_t bits;
    size_t at; // bits read
} reader_t;

// The next bits in *value; false where there are not as many.
static bool take(reader_t *r, uint32_t bits, uint32_t *value)
{
    if (r->bits - r->at < bits) {
        return false;
    }
    uint32_t v = 0;
    for (uint32_t i = 0; i < bits; i++, r->at++) {
        v = v << 1 | ((uint32_t)r->data[r->at / 8u] >> (7u - r->at % 8u) & 1u);
    }
    *value = v;
    return true;
}

// Counts the next bits that are `wanted`, at most `most`; the bit that ends fewer is read too.
static bool take_unary(reader_t *r, uint32_t wanted, uint32_t most, uint32_t *count)
{
    uint32_t bit;
    for (*count = 0; *count < most; ++*count) {
        if (!take(r, 1u, &bit)) {
            return false;
        }
        if (bit != wanted) {
            return true;
        }
    }
    return true;
}

// A run's length; false where it is more than `most`.
static bool take_gamma(reader_t *r, size_t most, size_t *run)
{
    uint32_t zeros;
    uint32_t rest = 0;
    if (!take_unary(r, 0, MAX_ZEROS, &zeros) || zeros == MAX_ZEROS || !take(r, zeros, &rest)) {
        return false;
    }
    *run = ((size_t)1 << zeros) + rest;
    return *run <= most;
}

static bool take_difference(reader_t *r, uint32_t k, uint32_t *u)
{
    uint32_t ones;
    uint32_t low;
    if (!take_unary(r, 1u, ESCAPE, &ones) || !take(r, ones == ESCAPE ? U_BITS : k, &low)) {
        return false;
    }
    *u = ones == ESCAPE ? low : ones << k | low;
    return *u <= 0xFFu;
}

// Where the reader is in a frame.
typedef struct {
    reader_t bits;
    const uint8_t *prev; // [pairs][2] or null
    uint8_t *out;        // [pairs][2]
    size_t pairs;
    uint8_t coding;
    uint8_t before[2]; // the coded pair before
    uint32_t coded;    // pairs so far
    uint32_t k;
} expansion_t;

static bool take_pair(expansion_t *x, size_t pair, bool is_left_out)
{
    uint8_t *const at = x->out + 2u * pair;
    if (is_first(x->coding, pair)) {
        memmove(at, x->prev + 2u * pair, 2u);
        return true;
    }
    if (is_left_out) {
        memset(at, 0, 2u);
        return true;
    }
    if (x->coded++ % CSI_RICE_BLOCK == 0 && !take(&x->bits, K_BITS, &x->k)) {
        return false;
    }
    for (size_t i = 0; i < 2u; i++) {
        uint32_t u;
        if (!take_difference(&x->bits, x->k, &u)) {
            return false;
        }
        x->before[i] = plus_difference(x->before[i], u);
        at[i] = x->before[i];
    }
    return true;
}

static bool take_pairs(expansion_t *x)
{
    bool zeros = false;
    size_t run_end = x->pairs;
    const bool has_runs = !(x->coding & CSI_ZEROS_AS_BEFORE);
    if (has_runs) {
        if (!take_gamma(&x->bits, x->pairs + 1u, &run_end)) {
            return false;
        }
        run_end--;
    }
    for (size_t pair = 0; pair < x->pairs; pair++) {
        if (pair == run_end) {
            size_t run;
            if (!take_gamma(&x->bits, x->pairs - pair, &run)) {
                return false;
            }
            run_end += run;
            zeros = !zeros;
        }
        if (!take_pair(x, pair, has_runs ? zeros : is_zero(x->prev, pair))) {
            return false;
        }
    }
    return true;
}

// Whether nothing is left but the zeros that fill the last byte.
static bool is_at_end(reader_t *r)
{
    const size_t left = r->bits - r->at;
    uint32_t rest = 0;
    return left < 8u && take(r, (uint32_t)left, &rest) && rest == 0;
}

static bool is_known_coding(uint8_t coding, const uint8_t *prev /*[2 * pairs]*/, size_t pairs)
{
    const uint8_t flags = coding & (CSI_ZEROS_AS_BEFORE | CSI_FIRST_AS_BEFORE);
    if ((uint8_t)(coding ^ flags) != CSI_CODING_RICE) {
        return false;
    }
    return (prev || !flags) && (pairs >= FIRST || !(flags & CSI_FIRST_AS_BEFORE));
}

esp_err_t csi_expand(const uint8_t *prev, const uint8_t *data, size_t data_len, uint8_t *out,
                     size_t len)
{
    if ((!data && data_len) || (!out && len)) {
        return ESP_ERR_INVALID_ARG;
    }
    if (!is_frame_size(len) || data_len == 0) {
        return ESP_ERR_INVALID_SIZE;
    }
    const size_t rest = data_len - 1u;
    if (data[0] == CSI_CODING_RAW) {
        if (rest != len) {
            return ESP_ERR_INVALID_SIZE;
        }
        memcpy(out, data + 1, len);
        return ESP_OK;
    }
    if (!is_known_coding(data[0], prev, len / 2u)) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    expansion_t x = {.prev = prev, .out = out, .pairs = len / 2u, .coding = data[0]};
    x.bits = (reader_t){.data = data + 1, .bits = 8u * rest};
    return take_pairs(&x) && is_at_end(&x.bits) ? ESP_OK : ESP_ERR_INVALID_SIZE;
}
