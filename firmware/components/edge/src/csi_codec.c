#include "csi_codec.h"

#include <stdbool.h>
#include <string.h>

#define MAX_LITERAL 128u
#define MAX_RUN     129u
#define RUN_BASE    126u // a control byte above it and a run of c - 126
#define MIN_RUN     3u   // shorter ones are cheaper among the literals

typedef struct {
    const uint8_t *prev; // [len] or null
    const uint8_t *now;  // [len]
    size_t len;
} xored_t;

static uint8_t at(const xored_t *x, size_t i)
{
    return (uint8_t)(x->now[i] ^ (x->prev ? x->prev[i] : 0u));
}

// How often the byte at i is repeated from there on, at most MAX_RUN.
static size_t run_length(const xored_t *x, size_t i)
{
    const uint8_t value = at(x, i);
    size_t n = 1;
    while (n < MAX_RUN && i + n < x->len && at(x, i + n) == value) {
        n++;
    }
    return n;
}

esp_err_t csi_compress(const uint8_t *prev, const uint8_t *now, size_t len, uint8_t *out,
                       size_t cap, size_t *out_len)
{
    if (!now || !out || !out_len) {
        return ESP_ERR_INVALID_ARG;
    }
    const xored_t x = {prev, now, len};
    size_t n = 0;       // bytes written
    size_t literal = 0; // the control byte of the open literal, when left != 0
    size_t left = 0;    // how many more bytes it takes
    *out_len = 0;
    for (size_t i = 0; i < len;) {
        const size_t run = run_length(&x, i);
        if (run >= MIN_RUN) {
            if (cap - n < 2) {
                return ESP_ERR_INVALID_SIZE;
            }
            out[n++] = (uint8_t)(RUN_BASE + run);
            out[n++] = at(&x, i);
            left = 0;
            i += run;
            continue;
        }
        const size_t need = left ? 1u : 2u;
        if (cap - n < need) {
            return ESP_ERR_INVALID_SIZE;
        }
        if (left == 0) {
            literal = n++;
            left = MAX_LITERAL;
        }
        out[n++] = at(&x, i++);
        left--;
        out[literal] = (uint8_t)(MAX_LITERAL - left - 1u);
    }
    *out_len = n;
    return ESP_OK;
}

esp_err_t csi_expand(const uint8_t *prev, const uint8_t *data, size_t data_len, uint8_t *out,
                     size_t len)
{
    if ((!data && data_len) || (!out && len)) {
        return ESP_ERR_INVALID_ARG;
    }
    size_t done = 0;
    for (size_t i = 0; i < data_len;) {
        const uint8_t control = data[i++];
        const bool is_run = control >= MAX_LITERAL;
        const size_t n = is_run ? control - RUN_BASE : control + 1u;
        const size_t bytes = is_run ? 1u : n;
        if (data_len - i < bytes || len - done < n) {
            return ESP_ERR_INVALID_SIZE;
        }
        for (size_t j = 0; j < n; j++, done++) {
            const uint8_t value = data[is_run ? i : i + j];
            out[done] = (uint8_t)(value ^ (prev ? prev[done] : 0u));
        }
        i += bytes;
    }
    return done == len ? ESP_OK : ESP_ERR_INVALID_SIZE;
}
