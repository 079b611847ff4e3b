// The sensing node as the firmware of a machine without ESP-IDF: settings and weights in partitions
// of its flash, the blob of the image, no network, no radio, one thread.
#include <string.h>

#include "firmware_main.h"
#include "flash_settings.h"
#include "node_firmware.h"
#include "node_port.h"

static node_port_t port = {
    .setting_get = flash_setting_get,
    .setting_set = flash_setting_set,
    .setting_get_bytes = flash_setting_get_bytes,
    .setting_set_bytes = flash_setting_set_bytes,
    .queue = &node_ring_queue,
};

#ifdef NODE_EMBEDDED_BLOB // the file with the weights that become part of the image

__asm__(".section .rodata.embedded_blob, \"a\"\n"
        ".balign 4\n"
        ".global embedded_blob_start\n"
        "embedded_blob_start:\n"
        ".incbin \"" NODE_EMBEDDED_BLOB "\"\n"
        ".global embedded_blob_end\n"
        "embedded_blob_end:\n"
        ".byte 0\n"
        ".text\n");

extern const uint8_t embedded_blob_start[];
extern const uint8_t embedded_blob_end[];

static void add_embedded_blob(void)
{
    port.embedded_blob = embedded_blob_start;
    port.embedded_blob_bytes =
        (size_t)((uintptr_t)embedded_blob_end - (uintptr_t)embedded_blob_start);
}

#else

static void add_embedded_blob(void)
{
}

#endif

static const machine_partition_t *partition(const char *name)
{
    const machine_partition_t *found = machine_port->partitions;
    while (strcmp(found->name, name) != 0) { // every port has both
        found++;
    }
    return found;
}

void firmware_main(const machine_port_t *machine, const nor_flash_t *flash)
{
    machine_init(machine);
    const machine_partition_t *settings = partition("settings");
    port.settings_lost = flash_settings_start(&(flash_settings_place_t){
        flash->map, settings->offset, settings->size / FLASH_SETTINGS_REGIONS, flash->write,
        flash->erase});
    const machine_partition_t *weights = partition("weights");
    port.flash =
        (node_flash_t){weights->size, flash->erase_size, flash->map, flash->write, flash->erase};
    add_embedded_blob();
    node_firmware_run(&port);
}
