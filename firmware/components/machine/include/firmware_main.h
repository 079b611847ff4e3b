// The firmware's main function. The port calls it once, when the machine is ready.
#pragma once

#include "machine_port.h"
#include "nor_flash.h"

void firmware_main(const machine_port_t *machine, const nor_flash_t *flash)
    __attribute__((noreturn));
