// The machine for ESP-IDF: FreeRTOS on a chip, or on the host with target "linux".
#pragma once

#include "machine_port.h"

// Starts console, flash and watchdog; called once, from the main task. It never fails: members of
// the port whose service is missing are NULL or 0.
const machine_port_t *port_idf_open(void);

// From now on ESP-IDF's own log lines go through the firmware's log, which keeps lines whole and
// counts them. Called after machine_init.
void port_idf_capture_log(void);
