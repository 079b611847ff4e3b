// Under ESP-IDF: the machine is a FreeRTOS task on a chip, or on the target "linux".
#include "firmware_main.h"
#include "port_idf.h"

void app_main(void);

void app_main(void)
{
    const machine_port_t *machine = port_idf_open();
    machine_init(machine);
    port_idf_capture_log();
    firmware_main(machine, NULL);
}
