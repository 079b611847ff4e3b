// The test interface on the console UART. Compiled in by CONFIG_HIL_AGENT_ENABLED only.
#pragma once

#include <stdbool.h>

// Attaches the agent to the node's console. Before node_boot.
void hil_agent_start(void);

// Sends the boot report. After node_boot.
void hil_agent_announce(void);
