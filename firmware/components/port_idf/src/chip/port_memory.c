#include "port_parts.h"

#include "esp_heap_caps.h"
#include "sdkconfig.h"

#define INTERNAL (MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT)

machine_heap_t port_memory_heap(void)
{
    return (machine_heap_t){
        .total = (uint32_t)heap_caps_get_total_size(INTERNAL),
        .free = (uint32_t)heap_caps_get_free_size(INTERNAL),
        .min_free = (uint32_t)heap_caps_get_minimum_free_size(INTERNAL),
    };
}

#if CONFIG_HIL_AGENT_ENABLED

// Takes `wanted` bytes of memory with `caps`, or the largest free block where that is smaller.
static uint32_t take(uint32_t wanted, uint32_t caps, uint8_t **memory)
{
    const size_t largest = heap_caps_get_largest_free_block(caps);
    const size_t spare = 256u; // the allocator's own, and the alignment
    const size_t most = largest > spare ? (largest - spare) & ~(size_t)15u : 0u;
    const size_t bytes = most < wanted ? most : wanted;
    *memory = bytes > 0 ? heap_caps_aligned_alloc(16, bytes, caps) : NULL;
    return *memory ? (uint32_t)bytes : 0;
}

void port_memory_open_arena(uint8_t **arena, uint32_t *bytes)
{
    *bytes = 0;
#if CONFIG_SPIRAM
    *bytes = take(CONFIG_HIL_AGENT_ARENA_PSRAM_KIB * 1024u, MALLOC_CAP_SPIRAM, arena);
#endif
    if (*bytes == 0) {
        *bytes = take(CONFIG_HIL_AGENT_ARENA_KIB * 1024u, INTERNAL, arena);
    }
}

#endif
