// The node under ESP-IDF: the same node as everywhere, on the ESP-IDF port.
#include "node.h"
#include "port_idf.h"
#include "sdkconfig.h"

#if CONFIG_HIL_AGENT_ENABLED
#include "hil_agent.h"
#endif

void app_main(void)
{
    node_init(port_idf_open());
    port_idf_capture_log();
#if CONFIG_HIL_AGENT_ENABLED
    hil_agent_start();
#endif
    node_boot();
#if CONFIG_HIL_AGENT_ENABLED
    hil_agent_announce();
#endif
    for (;;) {
        node_step();
    }
}
