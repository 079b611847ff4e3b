// The clock of the firmware. Real: it is the machine's. Stepped: it stands still until it is moved.
#pragma once

#include <stdint.h>

typedef enum {
    MACHINE_CLOCK_REAL = 0,
    MACHINE_CLOCK_STEPPED = 1
} machine_clock_mode_t;

void machine_clock_set_mode(machine_clock_mode_t mode); // stepped time starts at 0
machine_clock_mode_t machine_clock_mode(void);
uint64_t machine_clock_now_us(void);
void machine_clock_move_to(uint64_t us); // of the stepped clock, and only forwards
