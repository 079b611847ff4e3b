// What only the node needs of the machine, for ESP-IDF.
#pragma once

#include "node_port.h"

// Brings up settings, weights partition, the temporal task's thread, network and radio; never
// fails: what is missing is missing in the port. From the main task, once, after port_idf_open.
const node_port_t *node_port_idf_open(void);
