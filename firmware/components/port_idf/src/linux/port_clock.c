#include "port_parts.h"

#include <time.h>

static uint64_t boot_us;

static uint64_t monotonic_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

void port_clock_open(void)
{
    boot_us = monotonic_us();
}

uint64_t port_clock_us(void)
{
    return monotonic_us() - boot_us;
}

uint64_t port_clock_cycles(void)
{
    return 0;
}
