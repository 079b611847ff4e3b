// What only the node needs of the machine, for the ports without ESP-IDF.
#pragma once

#include "node_port.h"
#include "nor_flash.h"

// Settings and weights in the flash's partitions of these names, the blob of the image, no network,
// no radio, one thread. After machine_init.
const node_port_t *port_node_open(const nor_flash_t *flash);
