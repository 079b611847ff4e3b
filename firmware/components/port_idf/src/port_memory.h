// Heap, stacks and the agent's scratch memory.
#pragma once

#include <stdint.h>

#include "machine_port.h"

void port_memory_open(void); // from the main task
machine_heap_t port_memory_heap(void);
uint32_t port_memory_stack_free(void);                         // of the main task
void port_memory_open_arena(uint8_t **arena, uint32_t *bytes); // NULL, 0 without the agent
