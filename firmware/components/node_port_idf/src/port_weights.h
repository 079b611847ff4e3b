// The weights partition.
#pragma once

#include "node_port.h"

void port_weights_open(node_flash_t *flash); // size 0 without a weights partition
