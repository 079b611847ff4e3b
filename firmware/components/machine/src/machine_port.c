#include "machine_port.h"

const machine_port_t *machine_port;

void machine_init(const machine_port_t *port)
{
    machine_port = port;
}

const char *machine_reset_reason_name(machine_reset_reason_t reason)
{
    switch (reason) {
    case MACHINE_RESET_POWER_ON:
        return "power on";
    case MACHINE_RESET_SOFTWARE:
        return "software";
    case MACHINE_RESET_PANIC:
        return "panic";
    case MACHINE_RESET_INTERRUPT_WATCHDOG:
        return "interrupt watchdog";
    case MACHINE_RESET_TASK_WATCHDOG:
        return "task watchdog";
    case MACHINE_RESET_WATCHDOG:
        return "watchdog";
    case MACHINE_RESET_BROWNOUT:
        return "brownout";
    case MACHINE_RESET_UNKNOWN:
        break;
    }
    return "unknown";
}
