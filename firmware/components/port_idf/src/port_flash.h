// The flash: partition table and weights partition.
#pragma once

#include <stdint.h>

#include "node_port.h"

void port_flash_open(void); // before everything that looks for a partition
uint32_t port_flash_bytes(void);
uint8_t port_flash_partitions(node_partition_t *list /*[NODE_MAX_PARTITIONS]*/); // how many
void port_flash_open_weights(node_flash_t *flash); // size 0 without a weights partition
