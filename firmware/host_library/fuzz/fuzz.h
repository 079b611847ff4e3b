// What the targets share: an input that is taken apart from its front, and what has to be true.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data /*[len]*/, size_t len);

// Ends the program where it is not.
#define REQUIRE(truth)                                                                             \
    do {                                                                                           \
        if (!(truth)) {                                                                            \
            (void)fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #truth);            \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

typedef struct {
    const uint8_t *at; // [left]
    size_t left;
} input_t;

// Zeros stand for what is not there.
static inline void take(input_t *input, void *out, size_t len)
{
    const size_t n = len < input->left ? len : input->left;
    memset(out, 0, len);
    if (n > 0) {
        memcpy(out, input->at, n);
    }
    input->at += n;
    input->left -= n;
}

static inline uint8_t take_u8(input_t *input)
{
    uint8_t value;
    take(input, &value, sizeof value);
    return value;
}

static inline uint16_t take_u16(input_t *input)
{
    uint16_t value;
    take(input, &value, sizeof value);
    return value;
}

// A copy in memory of its own, at whose end a sanitizer looks.
static inline uint8_t *copy_of(const void *data /*[len]*/, size_t len)
{
    uint8_t *const copy = malloc(len > 0 ? len : 1);
    REQUIRE(copy);
    if (len > 0) {
        memcpy(copy, data, len);
    }
    return copy;
}
