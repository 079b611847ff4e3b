#include "port_weights.h"

#include "esp_log.h"
#include "esp_partition.h"

#include "port_flash_map.h"

static const char *const TAG = "flash";

static const esp_partition_t *weights;

static esp_err_t weights_write(uint32_t offset, const void *data, size_t len)
{
    const esp_err_t err = esp_partition_write(weights, offset, data, len);
    return err ? err : port_flash_map_refresh(weights, offset, len);
}

static esp_err_t weights_erase(uint32_t offset, size_t len)
{
    const esp_err_t err = esp_partition_erase_range(weights, offset, len);
    return err ? err : port_flash_map_refresh(weights, offset, len);
}

void port_weights_open(node_flash_t *flash)
{
    weights =
        esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "weights");
    if (!weights) {
        ESP_LOGE(TAG, "the partition table has no partition \"weights\"");
        return;
    }
    const uint8_t *map = NULL;
    const esp_err_t err = port_flash_map_open(weights, &map);
    if (err) {
        ESP_LOGE(TAG, "cannot map the partition \"weights\": %s", esp_err_to_name(err));
        return;
    }
    *flash = (node_flash_t){weights->size, weights->erase_size, map, weights_write, weights_erase};
}
