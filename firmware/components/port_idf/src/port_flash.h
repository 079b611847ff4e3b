// The flash and its partition table.
#pragma once

#include <stdint.h>

#include "machine_port.h"

void port_flash_open(void); // before everything that looks for a partition
uint32_t port_flash_bytes(void);
uint8_t port_flash_partitions(machine_partition_t *list /*[MACHINE_MAX_PARTITIONS]*/); // how many
