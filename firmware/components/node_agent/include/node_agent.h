// What the node adds to the agent: its commands, its structs, and its part of status and boot
// report.
#pragma once

#include "hil_agent.h"

extern const agent_firmware_t node_agent;
