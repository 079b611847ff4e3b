// What the parts of the self-test share.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// The next number of a sequence in [-2, 2), exact in float32 and the same on every machine.
static inline float ruv_known_number(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)((int32_t)(*seed >> 24) - 128) / 64.0f;
}

enum {
    RUV_MODEL_SELF_TEST_BYTES = 5120
};

// Compares two small models, which together have everything that a blob may hold, in both forms
// with known logits. Works in `memory`, aligned for a double.
bool ruv_model_self_test(void *memory /*[RUV_MODEL_SELF_TEST_BYTES]*/);
