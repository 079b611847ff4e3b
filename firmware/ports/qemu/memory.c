// Heap and stack figures.
#include <errno.h>
#include <malloc.h>

#include "qemu_port.h"

#define STACK_PAINT 0xA5A5A5A5u // as start.S paints it

extern char __heap_start[];
extern char __heap_end[];
extern const uint32_t __stack_bottom[];
extern const uint32_t __stack_top[];

static char *brk_now = __heap_start;

// malloc gets its memory by this function. The heap only grows.
void *sbrk(ptrdiff_t increment);

void *sbrk(ptrdiff_t increment)
{
    if (increment < 0 || increment > __heap_end - brk_now) {
        errno = ENOMEM;
        return (void *)-1;
    }
    char *const before = brk_now;
    brk_now += increment;
    return before;
}

machine_heap_t memory_heap(void)
{
    const struct mallinfo info = mallinfo();
    const uint32_t never_used = (uint32_t)(__heap_end - brk_now);
    return (machine_heap_t){
        .total = (uint32_t)(__heap_end - __heap_start),
        .free = never_used + (uint32_t)info.fordblks,
        .min_free = never_used,
    };
}

static uint32_t never_used(void)
{
    const uint32_t *at = __stack_bottom;
    while (at < __stack_top && *at == STACK_PAINT) {
        at++;
    }
    return (uint32_t)((uintptr_t)at - (uintptr_t)__stack_bottom);
}

static uint32_t before_repainting = UINT32_MAX; // bytes never used before it was last painted again

uint32_t memory_stack_free(void)
{
    const uint32_t now = never_used();
    return now < before_repainting ? now : before_repainting;
}

uint32_t memory_stack_depth(bool begin)
{
    static uint32_t free_at_begin;
    if (!begin) {
        return free_at_begin - never_used();
    }
    before_repainting = memory_stack_free();
    uintptr_t sp;
    __asm__ volatile("mv %0, sp" : "=r"(sp));
    free_at_begin = (uint32_t)(sp - (uintptr_t)__stack_bottom);
    for (volatile uint32_t *at = (uint32_t *)__stack_bottom; (uintptr_t)at < sp; at++) {
        *at = STACK_PAINT;
    }
    return 0;
}
