// The port for ESP-IDF: FreeRTOS on a chip, or on the host with target "linux".
#pragma once

#include "node_port.h"

// Brings up console, flash, settings, watchdog, network and the temporal task's thread; never
// fails: what is missing is missing in the port. From the main task, once.
const node_port_t *port_idf_open(void);

// From here on ESP-IDF's own log lines go the node's way, whole and counted. After node_init.
void port_idf_capture_log(void);
