// What runs on the machine: the port calls it, once, when the machine is up.
#pragma once

#include "machine_port.h"
#include "nor_flash.h"

void firmware_main(const machine_port_t *machine, const nor_flash_t *flash)
    __attribute__((noreturn));
