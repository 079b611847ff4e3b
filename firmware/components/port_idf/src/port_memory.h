// Heap, stacks and the agent's scratch memory.
#pragma once

#include <stdint.h>

#include "node_port.h"

void port_memory_open(void); // from the main task
node_heap_t port_memory_heap(void);
uint32_t port_memory_stack_free(node_stack_t stack);
void port_memory_open_arena(uint8_t **arena, uint32_t *bytes); // NULL, 0 without the agent
