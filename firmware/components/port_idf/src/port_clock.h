// Time and cycles.
#pragma once

#include <stdint.h>

#include "machine_port.h"

void port_clock_open(void);
uint64_t port_clock_us(void); // since boot
machine_cycle_unit_t port_clock_cycle_unit(void);
uint64_t port_clock_cycles(void);
