// What a partition holds, as memory.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "esp_partition.h"

// For as long as the node runs; one partition.
esp_err_t port_flash_map_open(const esp_partition_t *partition, const uint8_t **map);

// After writing or erasing [offset, offset + len).
esp_err_t port_flash_map_refresh(const esp_partition_t *partition, size_t offset, size_t len);
