// A copy in PSRAM, read back after every write. For Espressif's QEMU, which has no cache: a page of
// flash is seen there as when the MMU began to point to it, and invalidating changes nothing.
#include <string.h>

#include "esp_heap_caps.h"
#include "esp_log.h"

#include "port_flash_map.h"

static const char *const TAG = "flash";

static uint8_t *copy; // [partition->size]

esp_err_t port_flash_map_refresh(const esp_partition_t *partition, size_t offset, size_t len)
{
    return copy ? esp_partition_read(partition, offset, copy + offset, len) : ESP_OK;
}

esp_err_t port_flash_map_open(const esp_partition_t *partition, const uint8_t **map)
{
    const void *mapped = NULL;
    esp_partition_mmap_handle_t handle;
    const esp_err_t err = esp_partition_mmap(partition, 0, partition->size, ESP_PARTITION_MMAP_DATA,
                                             &mapped, &handle);
    if (err) {
        return err;
    }
    copy = heap_caps_malloc(partition->size, MALLOC_CAP_SPIRAM);
    if (copy) {
        memcpy(copy, mapped, partition->size);
    } else {
        ESP_LOGW(TAG, "no PSRAM: what is written to the weights partition is seen after a reset");
    }
    *map = copy ? copy : mapped;
    return ESP_OK;
}
