#include "port_node.h"

#include <string.h>

#include "embedded_blob.h"
#include "flash_settings.h"
#include "machine_port.h"

static node_port_t port = {
    .setting_get = flash_setting_get,
    .setting_set = flash_setting_set,
    .setting_get_bytes = flash_setting_get_bytes,
    .setting_set_bytes = flash_setting_set_bytes,
    .queue = &node_ring_queue,
};

static const machine_partition_t *partition(const char *name)
{
    const machine_partition_t *found = machine_port->partitions;
    while (strcmp(found->name, name) != 0) { // every port has both
        found++;
    }
    return found;
}

const node_port_t *port_node_open(const nor_flash_t *flash)
{
    const machine_partition_t *settings = partition("settings");
    port.settings_lost = flash_settings_start(&(flash_settings_place_t){
        flash->map, settings->offset, settings->size / FLASH_SETTINGS_REGIONS, flash->write,
        flash->erase});
    const machine_partition_t *weights = partition("weights");
    port.flash =
        (node_flash_t){weights->size, flash->erase_size, flash->map, flash->write, flash->erase};
    port.embedded_blob = embedded_blob();
    port.embedded_blob_bytes = embedded_blob_bytes();
    return &port;
}
