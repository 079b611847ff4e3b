// The process of the target "linux": what it was started with, and how it starts itself again.
#pragma once

#include "machine_port.h"

// ---- port_options.c
void port_options_open(void);
const char *port_options_flash_file(void); // NULL: none
int port_options_flash_fd(void);           // inherited from before the reset, -1: none
machine_reset_reason_t port_options_reset_reason(void);
void port_options_keep_flash_fd(int fd);

// The process becomes its own successor: same standard input and output, same flash. May be called
// in a signal handler.
_Noreturn void port_options_restart(machine_reset_reason_t reason);

// ---- port_reset.c: what the threads outside FreeRTOS need to end this boot
void port_reset_say(const char *text);
_Noreturn void port_reset_become(machine_reset_reason_t reason);
