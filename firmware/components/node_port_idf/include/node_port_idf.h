// What only the node needs of the machine, for ESP-IDF.
#pragma once

#include "node_port.h"

// Brings up settings, weights partition, the temporal task's thread, network and radio. It never
// fails: what cannot be brought up is absent from the port. To be called once from the main task,
// after port_idf_open.
const node_port_t *node_port_idf_open(void);
