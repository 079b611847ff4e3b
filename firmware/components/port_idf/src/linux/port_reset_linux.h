// What the threads outside FreeRTOS need to end this boot.
#pragma once

#include "machine_port.h"

void port_reset_say(const char *text);
_Noreturn void port_reset_become(machine_reset_reason_t reason);
