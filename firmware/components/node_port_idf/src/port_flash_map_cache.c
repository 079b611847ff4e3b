// Read through the flash cache, of which ESP-IDF invalidates what it writes.
#include "port_flash_map.h"

esp_err_t port_flash_map_open(const esp_partition_t *partition, const uint8_t **map)
{
    const void *mapped = NULL;
    esp_partition_mmap_handle_t handle;
    const esp_err_t err = esp_partition_mmap(partition, 0, partition->size, ESP_PARTITION_MMAP_DATA,
                                             &mapped, &handle);
    *map = mapped;
    return err;
}

esp_err_t port_flash_map_refresh(const esp_partition_t *partition, size_t offset, size_t len)
{
    (void)partition;
    (void)offset;
    (void)len;
    return ESP_OK;
}
