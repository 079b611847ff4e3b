#include "machine_clock.h"

#include "machine_port.h"

static machine_clock_mode_t clock_mode = MACHINE_CLOCK_REAL;
static uint64_t stepped_us;

void machine_clock_set_mode(machine_clock_mode_t mode)
{
    clock_mode = mode;
    stepped_us = 0;
}

machine_clock_mode_t machine_clock_mode(void)
{
    return clock_mode;
}

uint64_t machine_clock_now_us(void)
{
    return clock_mode == MACHINE_CLOCK_STEPPED ? stepped_us : machine_port->clock_us();
}

void machine_clock_move_to(uint64_t us)
{
    if (clock_mode == MACHINE_CLOCK_STEPPED && us > stepped_us) {
        stepped_us = us;
    }
}
