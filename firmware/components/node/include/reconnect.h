// How long a station waits before it tries to join its network again.
#pragma once

#include <stdint.h>

#define RECONNECT_FIRST_MS 250u
#define RECONNECT_MAX_MS   30000u

// After so many failures in a row; 0: at once. Twice as long each time, up to the most, and drawn
// from the upper half of that, so that nodes that lost the same network do not all come at once.
uint32_t reconnect_delay_ms(uint32_t failures, uint32_t draw);
