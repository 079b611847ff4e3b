// The flash of a machine, the whole of it. It is NOR flash: `write` only clears bits and `erase`
// sets whole units. Which part is for what, the machine's partitions say.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

typedef struct {
    const uint8_t *map; // as memory, always current
    uint32_t erase_size;
    esp_err_t (*write)(uint32_t offset, const void *data, size_t len);
    esp_err_t (*erase)(uint32_t offset, size_t len); // both multiples of erase_size
} nor_flash_t;
