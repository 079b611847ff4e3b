#include "node_firmware.h"

#include "main_loop.h"
#include "node.h"
#include "node_config.h"

#if CONFIG_HIL_AGENT_ENABLED
#include "node_agent.h"
#endif

void node_firmware_run(const node_port_t *port)
{
    node_init(port);
#if CONFIG_HIL_AGENT_ENABLED
    hil_agent_start(&node_agent);
#endif
    node_boot();
#if CONFIG_HIL_AGENT_ENABLED
    hil_agent_announce();
#endif
    main_loop_run();
}
