// The wire structs of the node's own commands, beside the agent's in hil_protocol.h.
#pragma once

#include <stdint.h>

#define HIL_MAX_CHANNELS     14u
#define HIL_MAX_GLOBALS      16u
#define HIL_PROFILE_PHASES   7u
#define HIL_MOCK_OFF         0xFFu
#define HIL_NO_PAIRS         0xFFFFFFFFu
#define HIL_TRAFFIC_LOST     0u
#define HIL_TRAFFIC_ANSWERED 1u
#define HIL_TRAFFIC_NOT_SENT 2u

// `head_state` of the status and of the boot report.
typedef enum {
    HIL_HEAD_OFF = 0,
    HIL_HEAD_ON = 1,
    HIL_HEAD_FAILED = 2,
    HIL_HEAD_NOT_BUILT = 3
} hil_head_state_t;

#define WIRE_LIST "node_struct_list.h"
#include "wire_struct_types.h"
