#include "agent.h"

static const agent_firmware_t nothing_added;

agent_state_t agent_state = {.firmware = &nothing_added};
