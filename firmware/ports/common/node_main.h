#pragma once

#include "node_port.h"

// Boots the node on this port and runs it for ever.
void node_main(const node_port_t *port) __attribute__((noreturn));
