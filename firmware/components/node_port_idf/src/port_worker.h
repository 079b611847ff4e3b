// The temporal task's thread.
#pragma once

#include "node_port.h"

extern const node_worker_t port_worker;

void port_worker_open(void); // after port_idf_open
