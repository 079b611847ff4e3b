// The weights partition, as memory.
#include <string.h>

#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_partition.h"
#include "sdkconfig.h"

#include "node_port_parts.h"

static const char *const TAG = "flash";

static const esp_partition_t *weights;

#if CONFIG_NODE_EMULATED

// Espressif's QEMU has no flash cache: a page is seen as it was when the MMU began to point to it,
// and invalidating changes nothing. So a copy in PSRAM is read back after every write.
static uint8_t *copy; // [weights->size]

static const uint8_t *readable(const uint8_t *mapped)
{
    copy = heap_caps_malloc(weights->size, MALLOC_CAP_SPIRAM);
    if (!copy) {
        ESP_LOGW(TAG, "no PSRAM: what is written to the weights partition is seen after a reset");
        return mapped;
    }
    return memcpy(copy, mapped, weights->size);
}

static esp_err_t refresh(uint32_t offset, size_t len)
{
    return copy ? esp_partition_read(weights, offset, copy + offset, len) : ESP_OK;
}

#else

// Through the flash cache, of which ESP-IDF invalidates what it writes.
static const uint8_t *readable(const uint8_t *mapped)
{
    return mapped;
}

static esp_err_t refresh(uint32_t offset, size_t len)
{
    (void)offset;
    (void)len;
    return ESP_OK;
}

#endif

static esp_err_t weights_write(uint32_t offset, const void *data, size_t len)
{
    const esp_err_t err = esp_partition_write(weights, offset, data, len);
    return err ? err : refresh(offset, len);
}

static esp_err_t weights_erase(uint32_t offset, size_t len)
{
    const esp_err_t err = esp_partition_erase_range(weights, offset, len);
    return err ? err : refresh(offset, len);
}

void port_weights_open(node_flash_t *flash)
{
    weights =
        esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "weights");
    if (!weights) {
        ESP_LOGE(TAG, "the partition table has no partition \"weights\"");
        return;
    }
    const void *mapped = NULL;
    esp_partition_mmap_handle_t handle;
    const esp_err_t err =
        esp_partition_mmap(weights, 0, weights->size, ESP_PARTITION_MMAP_DATA, &mapped, &handle);
    if (err) {
        ESP_LOGE(TAG, "cannot map the partition \"weights\": %s", esp_err_to_name(err));
        return;
    }
    *flash = (node_flash_t){weights->size, weights->erase_size, readable(mapped), weights_write,
                            weights_erase};
}
