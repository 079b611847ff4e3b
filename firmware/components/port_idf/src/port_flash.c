#include "port_flash.h"

#include <string.h>

#include "esp_partition.h"

uint8_t port_flash_partitions(machine_partition_t *list)
{
    uint8_t n = 0;
    esp_partition_iterator_t it =
        esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, NULL);
    while (it && n < MACHINE_MAX_PARTITIONS) {
        const esp_partition_t *partition = esp_partition_get(it);
        memset(&list[n], 0, sizeof list[n]);
        memcpy(list[n].name, partition->label, strnlen(partition->label, sizeof list[n].name - 1u));
        list[n].offset = partition->address;
        list[n].size = partition->size;
        n++;
        it = esp_partition_next(it);
    }
    esp_partition_iterator_release(it);
    return n;
}
