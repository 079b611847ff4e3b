// The sensing node on any machine, with or without ESP-IDF.
#pragma once

#include "node_port.h"

// Boots the node, with the agent if the image has one, and keeps it running. Called after
// machine_init.
void node_firmware_run(const node_port_t *port) __attribute__((noreturn));
