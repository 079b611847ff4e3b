// Heap and stack figures.
#include <malloc.h>

#include "host_port.h"

#define STACK_BYTES (1024u * 1024u)
#define STACK_PAINT 0xA5A5A5A5u
#define HEAP_BYTES  (64u * 1024u * 1024u) // the nominal size of the heap

static _Alignas(4096) uint32_t stack[STACK_BYTES / sizeof(uint32_t)];
static uint32_t min_free = HEAP_BYTES;

// AddressSanitizer has a heap of its own. The symbol exists only in a build with it.
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

void *memory_new_stack(size_t *bytes)
{
    for (size_t i = 0; i < STACK_BYTES / sizeof stack[0]; i++) {
        stack[i] = STACK_PAINT;
    }
    *bytes = STACK_BYTES;
    return stack;
}

static size_t allocated(void)
{
    if (__sanitizer_get_current_allocated_bytes) {
        return __sanitizer_get_current_allocated_bytes();
    }
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

machine_heap_t memory_heap(void)
{
    const size_t used = allocated();
    const uint32_t free_now = used < HEAP_BYTES ? HEAP_BYTES - (uint32_t)used : 0;
    min_free = free_now < min_free ? free_now : min_free;
    return (machine_heap_t){.total = HEAP_BYTES, .free = free_now, .min_free = min_free};
}

uint32_t memory_stack_free(void)
{
    size_t i = 0;
    while (i < STACK_BYTES / sizeof stack[0] && stack[i] == STACK_PAINT) {
        i++;
    }
    return (uint32_t)(i * sizeof stack[0]);
}
