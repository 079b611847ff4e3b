// The sensing node on any machine, with or without ESP-IDF.
#pragma once

#include "node_port.h"

// The machine is up. Boots the node, with the agent where the image has one, and keeps it running.
void node_firmware_run(const node_port_t *port) __attribute__((noreturn));
