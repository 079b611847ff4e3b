// The node as the firmware of a machine.
#include "firmware_main.h"
#include "main_loop.h"
#include "node.h"
#include "node_config.h"
#include "port_node.h"

#if CONFIG_HIL_AGENT_ENABLED
#include "node_agent.h"
#endif

void firmware_main(const machine_port_t *machine, const nor_flash_t *flash)
{
    machine_init(machine);
    node_init(port_node_open(flash));
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
