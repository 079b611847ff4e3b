// The whole flash of a machine. It is NOR flash: `write` only clears bits, and `erase` sets the
// bits of whole units. The machine's partitions say which part of it is for what.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

typedef struct {
    const uint8_t *map; // the flash as memory; it always shows what was written last
    uint32_t erase_size;
    esp_err_t (*write)(uint32_t offset, const void *data, size_t len);
    esp_err_t (*erase)(uint32_t offset, size_t len); // both multiples of erase_size
} nor_flash_t;
