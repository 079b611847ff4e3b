// Waits for the next deadline or for a line on the console, whichever comes first.
#include "machine.h"
#include "qemu_port.h"

#define COMPARE (CLINT_BASE + 0x4000u) // hart 0's mtimecmp

static uint64_t alarm; // what the comparator is set to
static volatile bool alarm_rang;

static void set_compare(uint64_t ticks)
{
    write32(COMPARE + 4u, UINT32_MAX); // never in the past while it is half written
    write32(COMPARE, (uint32_t)ticks);
    write32(COMPARE + 4u, (uint32_t)(ticks >> 32));
}

// Half a line does not wake the node. Interrupts are off between the check and the wfi instruction,
// so that none is missed; a pending one ends the wfi.
void idle_until_line(uint64_t max_us)
{
    const uint64_t now = timer_ticks();
    const uint64_t until = now + max_us * TIMER_TICKS_US;
    if (alarm <= now || alarm > until) { // setting it is slow, so one that comes in time is kept
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
    CLEAR_CSR(mie, MIE_TIMER); // its interrupt would be counted with the work that is measured
    interrupts_on();
}

void idle_interrupt(void)
{
    alarm_rang = true;
    CLEAR_CSR(mie, MIE_TIMER);
}
