#include "machine.h"
#include "qemu_port.h"

#define READ_CSR64(low, high)                                                                      \
    __extension__({                                                                                \
        uint32_t high_;                                                                            \
        uint32_t low_;                                                                             \
        do {                                                                                       \
            high_ = READ_CSR(high);                                                                \
            low_ = READ_CSR(low);                                                                  \
        } while (high_ != READ_CSR(high));                                                         \
        (uint64_t) high_ << 32 | low_;                                                             \
    })

uint64_t timer_ticks(void)
{
    return READ_CSR64(time, timeh);
}

uint64_t timer_us(void)
{
    return timer_ticks() / TIMER_TICKS_US;
}

static uint64_t raw_instructions(void)
{
    return READ_CSR64(minstret, minstreth);
}

#define LOOPS 1000u

// How far the counter moves during two instructions per loop and a constant number of others.
__attribute__((noinline)) static uint64_t counted(uint32_t loops)
{
    const uint64_t before = raw_instructions();
    __asm__ volatile("1: addi %0, %0, -1\n   bnez %0, 1b" : "+r"(loops));
    return raw_instructions() - before;
}

static uint32_t units_per_instruction;

// With -icount the counter moves by exactly 2^shift per instruction. Without, it follows the host's
// time, and instructions cannot be counted.
machine_cycle_unit_t timer_calibrate_cycles(void)
{
    (void)counted(1);
    const uint64_t once = counted(2u * LOOPS) - counted(LOOPS);
    const uint64_t again = counted(3u * LOOPS) - counted(2u * LOOPS);
    const uint32_t units = (uint32_t)(once / (2u * LOOPS));
    const bool exact = units != 0 && once == again && once == (uint64_t)units * 2u * LOOPS;
    units_per_instruction = exact ? units : 0;
    return exact ? MACHINE_CYCLES_INSTRUCTIONS : MACHINE_CYCLES_NONE;
}

uint64_t timer_cycles(void)
{
    return units_per_instruction ? raw_instructions() / units_per_instruction : 0;
}
