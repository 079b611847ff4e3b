#include "port_parts.h"

#include <malloc.h>

#include "sdkconfig.h"

// A process has no heap of a fixed size. With a nominal size, what is in use and a leak can be
// seen.
#define NOMINAL_HEAP (64u * 1024u * 1024u)

static uint32_t min_free = NOMINAL_HEAP;

machine_heap_t port_memory_heap(void)
{
    const struct mallinfo2 info = mallinfo2();
    const size_t used = info.uordblks + info.hblkhd;
    const uint32_t free_bytes = used < NOMINAL_HEAP ? NOMINAL_HEAP - (uint32_t)used : 0u;
    min_free =
        free_bytes < min_free ? free_bytes : min_free; // known only as often as it is asked for
    return (machine_heap_t){.total = NOMINAL_HEAP, .free = free_bytes, .min_free = min_free};
}

#if CONFIG_HIL_AGENT_ENABLED
void port_memory_open_arena(uint8_t **arena, uint32_t *bytes)
{
    static _Alignas(16) uint8_t memory[CONFIG_HIL_AGENT_ARENA_KIB * 1024u];
    *arena = memory;
    *bytes = sizeof memory;
}
#endif
