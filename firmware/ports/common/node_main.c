#include "node_main.h"

#include "node.h"
#include "node_config.h"

#if CONFIG_HIL_AGENT_ENABLED
#include "hil_agent.h"
#endif

void node_main(const node_port_t *port)
{
    node_init(port);
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
