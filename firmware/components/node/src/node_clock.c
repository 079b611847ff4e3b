#include "node_clock.h"

#include "node_port.h"

static node_clock_mode_t clock_mode = NODE_CLOCK_REAL;
static uint64_t stepped_us;

void node_clock_set_mode(node_clock_mode_t mode)
{
    clock_mode = mode;
    stepped_us = 0;
}

node_clock_mode_t node_clock_mode(void)
{
    return clock_mode;
}

uint64_t node_clock_now_us(void)
{
    return clock_mode == NODE_CLOCK_STEPPED ? stepped_us : node_port->clock_us();
}

void node_clock_move_to(uint64_t us)
{
    if (clock_mode == NODE_CLOCK_STEPPED && us > stepped_us) {
        stepped_us = us;
    }
}
