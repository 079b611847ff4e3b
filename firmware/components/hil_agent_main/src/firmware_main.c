#include "firmware_main.h"

#include "hil_agent.h"
#include "main_loop.h"

void firmware_main(const machine_port_t *machine, const nor_flash_t *flash)
{
    (void)flash;
    machine_init(machine);
    hil_agent_start(NULL);
    hil_agent_announce();
    main_loop_run();
}
