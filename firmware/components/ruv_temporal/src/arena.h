// Lays out buffers in one block of memory.
//
// A layout function takes each buffer from an arena. Given a sizing arena it only counts, so that
// the same function tells how much memory it needs and, given a real one, hands the buffers out.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

typedef struct {
    unsigned char *base; // NULL: counting only
    size_t used;
    bool overflow; // more than can be addressed was asked for
} ruv_arena_t;

ruv_arena_t ruv_arena_sizing(void);

// Over `memory` of any alignment, which must hold what ruv_arena_bytes said after sizing.
ruv_arena_t ruv_arena_over(void *memory);

// `count` items of `item` bytes, aligned for any of the kernel's types; NULL when counting.
void *ruv_arena_take(ruv_arena_t *arena, uint64_t count, size_t item);

// Lets buffers taken from a copy of the arena share memory with those taken from it since: what
// both use is reserved.
void ruv_arena_cover(ruv_arena_t *arena, const ruv_arena_t *copy);

// Bytes to provide for what was taken; ESP_ERR_INVALID_SIZE when they cannot be addressed.
esp_err_t ruv_arena_bytes(const ruv_arena_t *arena, size_t *out);

// Arithmetic that stays at UINT64_MAX instead of wrapping, so that a chain is checked at its end.
uint64_t ruv_product(uint64_t a, uint64_t b);
uint64_t ruv_sum(uint64_t a, uint64_t b);

static inline uint64_t ruv_larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}
