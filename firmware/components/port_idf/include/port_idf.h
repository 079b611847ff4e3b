// The machine for ESP-IDF: FreeRTOS on a chip, or on the host with target "linux".
#pragma once

#include "machine_port.h"

// Brings up console, flash and watchdog; never fails: what is missing is missing in the port. From
// the main task, once.
const machine_port_t *port_idf_open(void);

// From here on ESP-IDF's own log lines go the firmware's way, whole and counted. After
// machine_init.
void port_idf_capture_log(void);
