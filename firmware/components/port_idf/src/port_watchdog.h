// Main loop and temporal task each owe a sign of life; when one is missing the chip restarts.
#pragma once

#include <stdint.h>

void port_watchdog_open(void);                // from the main task
void port_watchdog_feed(uint32_t timeout_ms); // for the calling task
void port_watchdog_rest(void); // the temporal task has nothing to do and owes nothing

// Per kind of machine: a timer that resets when it is not fed from the main task.
void port_watchdog_timer_open(uint32_t timeout_ms);
void port_watchdog_timer_feed(uint32_t timeout_ms);
