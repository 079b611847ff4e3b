// The end of this boot, and how the last one ended.
#pragma once

#include <stdbool.h>

#include "machine_port.h"

void port_reset_open(void);
machine_reset_reason_t port_reset_reason(void); // esp_reset_reason_t's values
_Noreturn void port_reset_restart(void);
_Noreturn void port_reset_panic(machine_panic_t kind);
_Noreturn void port_reset_hang(bool interrupts_off);
