#include "hil_agent.h"
#include "machine_port.h"
#include "main_loop.h"
#include "port_idf.h"

void app_main(void);

void app_main(void)
{
    machine_init(port_idf_open());
    port_idf_capture_log();
    hil_agent_start(NULL);
    hil_agent_announce();
    for (;;) {
        main_loop_step();
    }
}
