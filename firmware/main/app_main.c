// The sensing node under ESP-IDF: the same node as elsewhere, on the ESP-IDF port.
#include "node_firmware.h"
#include "node_port_idf.h"
#include "port_idf.h"

void app_main(void)
{
    machine_init(port_idf_open());
    const node_port_t *port = node_port_idf_open();
    port_idf_capture_log();
    node_firmware_run(port);
}
