// The temporal task's thread, and the lock the threads share.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node_port.h"

extern const node_worker_t port_worker;

void port_worker_open(void);
bool port_worker_is_caller(void);
uint32_t port_worker_stack_free(void);
void port_worker_lock(void); // recursive
void port_worker_unlock(void);
