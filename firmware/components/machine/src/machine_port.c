#include "machine_port.h"

const machine_port_t *machine_port;

void machine_init(const machine_port_t *port)
{
    machine_port = port;
}

const char *machine_reset_reason_name(machine_reset_reason_t reason)
{
    static const char *const names[] = {
        [MACHINE_RESET_POWER_ON] = "power on",
        [MACHINE_RESET_SOFTWARE] = "software",
        [MACHINE_RESET_PANIC] = "panic",
        [MACHINE_RESET_INTERRUPT_WATCHDOG] = "interrupt watchdog",
        [MACHINE_RESET_TASK_WATCHDOG] = "task watchdog",
        [MACHINE_RESET_WATCHDOG] = "watchdog",
        [MACHINE_RESET_BROWNOUT] = "brownout",
    };
    const bool known = (size_t)reason < sizeof names / sizeof names[0] && names[reason];
    return known ? names[reason] : "unknown";
}
