// The queue into the temporal task, FreeRTOS's.
#pragma once

#include "node_port.h"

extern const node_queue_t port_queue;
