// What the parts of the self-test share.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The next of a row of numbers in [-2, 2) that are exact in float32, the same on every machine.
static inline float ruv_known_number(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)((int32_t)(*seed >> 24) - 128) / 64.0f;
}

enum {
    RUV_MODEL_SELF_TEST_BYTES = 5120
};

// Two small models that have, between them, everything that a blob may hold, in both forms, against
// known logits. Works in `memory`, aligned for a double.
bool ruv_model_self_test(void *memory /*[RUV_MODEL_SELF_TEST_BYTES]*/);
