// The node's clock. Real: the port's. Stepped: stands still until it is moved.
#pragma once

#include <stdint.h>

typedef enum {
    NODE_CLOCK_REAL = 0,
    NODE_CLOCK_STEPPED = 1
} node_clock_mode_t;

void node_clock_set_mode(node_clock_mode_t mode); // stepped time starts at 0
node_clock_mode_t node_clock_mode(void);
uint64_t node_clock_now_us(void);
void node_clock_move_to(uint64_t us); // stepped only; never backwards
