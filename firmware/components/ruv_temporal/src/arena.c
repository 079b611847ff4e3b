#include "arena.h"

#define ALIGNMENT 8u // of double and of pointers

ruv_arena_t ruv_arena_sizing(void)
{
    return (ruv_arena_t){.base = NULL};
}

ruv_arena_t ruv_arena_over(void *memory)
{
    const size_t excess = (size_t)((uintptr_t)memory % ALIGNMENT);
    return (ruv_arena_t){.base = (unsigned char *)memory + (excess != 0 ? ALIGNMENT - excess : 0)};
}

void *ruv_arena_take(ruv_arena_t *arena, uint64_t count, size_t item)
{
    const size_t offset = arena->used;
    const uint64_t bytes = ruv_product(count, item);
    const size_t limit = SIZE_MAX / 2 - ALIGNMENT;

    if (arena->overflow || bytes > limit - offset) {
        arena->overflow = true;
        return NULL;
    }
    arena->used = (offset + (size_t)bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (arena->used > limit) {
        arena->overflow = true;
        return NULL;
    }
    return arena->base != NULL ? arena->base + offset : NULL;
}

void ruv_arena_cover(ruv_arena_t *arena, const ruv_arena_t *copy)
{
    arena->used = copy->used > arena->used ? copy->used : arena->used;
    arena->overflow = arena->overflow || copy->overflow;
}

esp_err_t ruv_arena_bytes(const ruv_arena_t *arena, size_t *out)
{
    if (arena->overflow) {
        return ESP_ERR_INVALID_SIZE;
    }
    *out = arena->used + ALIGNMENT - 1;
    return ESP_OK;
}

uint64_t ruv_product(uint64_t a, uint64_t b)
{
    if ((a | b) >> 32 == 0) {
        return a * b; // the common case needs no division
    }
    return a != 0 && b > UINT64_MAX / a ? UINT64_MAX : a * b;
}

uint64_t ruv_sum(uint64_t a, uint64_t b)
{
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}
