#include "machine.h"
#include "qemu_port.h"

#define COMPARE (CLINT_BASE + 0x4000u) // hart 0's mtimecmp

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

static uint64_t alarm; // what the comparator is set to
static volatile bool alarm_rang;

static void set_compare(uint64_t ticks)
{
    write32(COMPARE + 4u, UINT32_MAX); // never in the past while it is half written
    write32(COMPARE, (uint32_t)ticks);
    write32(COMPARE + 4u, (uint32_t)(ticks >> 32));
}

// Half a line is no reason to wake the node. Between the look and the wfi interrupts are off, so
// that none slips in; one that is pending ends the wfi.
void timer_idle(uint64_t max_us)
{
    const uint64_t now = timer_ticks();
    const uint64_t until = now + max_us * TIMER_TICKS_US;
    if (alarm <= now || alarm > until) { // else it comes early enough, and setting it is slow
        alarm = until;
        set_compare(alarm);
    }
    alarm_rang = false;
    SET_CSR(mie, MIE_TIMER);
    interrupts_off();
    while (!uart_has_line() && !alarm_rang) {
        __asm__ volatile("wfi");
        interrupts_on();
        interrupts_off();
    }
    CLEAR_CSR(mie, MIE_TIMER); // it would ring, and be counted, in the midst of what is measured
    interrupts_on();
}

void timer_interrupt(void)
{
    alarm_rang = true;
    CLEAR_CSR(mie, MIE_TIMER);
}

static uint64_t raw_instructions(void)
{
    return READ_CSR64(minstret, minstreth);
}

#define LOOPS 1000u

// What the counter counts over 2 * LOOPS instructions and a constant rest.
__attribute__((noinline)) static uint64_t counted(uint32_t loops)
{
    const uint64_t before = raw_instructions();
    __asm__ volatile("1: addi %0, %0, -1\n   bnez %0, 1b" : "+r"(loops));
    return raw_instructions() - before;
}

static uint32_t units_per_instruction;

// With -icount the counter moves by a fixed power of two per instruction (2^shift), exactly;
// without, it counts the host's time and is of no use.
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
