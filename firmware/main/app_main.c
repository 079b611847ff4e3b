// The node under ESP-IDF: the same node as everywhere, on the ESP-IDF port.
#include "main_loop.h"
#include "node.h"
#include "node_port_idf.h"
#include "port_idf.h"
#include "sdkconfig.h"

#if CONFIG_HIL_AGENT_ENABLED
#include "node_agent.h"
#endif

void app_main(void)
{
    machine_init(port_idf_open());
    node_init(node_port_idf_open());
    port_idf_capture_log();
#if CONFIG_HIL_AGENT_ENABLED
    hil_agent_start(&node_agent);
#endif
    node_boot();
#if CONFIG_HIL_AGENT_ENABLED
    hil_agent_announce();
#endif
    for (;;) {
        main_loop_step();
    }
}
