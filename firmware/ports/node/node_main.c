// The node as the firmware of a machine without ESP-IDF.
#include "firmware_main.h"
#include "node_firmware.h"
#include "port_node.h"

void firmware_main(const machine_port_t *machine, const nor_flash_t *flash)
{
    machine_init(machine);
    node_firmware_run(port_node_open(flash));
}
