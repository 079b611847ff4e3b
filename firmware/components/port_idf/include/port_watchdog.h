// The main loop owes a sign of life, and so may one more task; when one is missing the machine
// restarts.
#pragma once

#include <stdint.h>

void port_watchdog_open(void);                // from the main task
void port_watchdog_feed(uint32_t timeout_ms); // for the calling task

// For the one more task: from its next feed on it owes the one after that, until it rests.
void port_watchdog_join(void);
void port_watchdog_rest(void);

// Per kind of machine: a timer that resets when it is not fed from the main task.
void port_watchdog_timer_open(uint32_t timeout_ms);
void port_watchdog_timer_feed(uint32_t timeout_ms);
