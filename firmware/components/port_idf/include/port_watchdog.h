// The main loop has to feed the watchdog in time, and so may one more task have to. When one of
// them does not, the machine restarts.
#pragma once

#include <stdint.h>

void port_watchdog_open(void);                // from the main task
void port_watchdog_feed(uint32_t timeout_ms); // for the calling task: it has to feed again by then

// For the one more task: from its next feed on it has to feed in time, until it rests.
void port_watchdog_join(void);
void port_watchdog_rest(void);
