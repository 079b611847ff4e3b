#pragma once

// After every configuration of ESP-IDF's watchdogs.
void port_emulated_watchdog_update(void);
