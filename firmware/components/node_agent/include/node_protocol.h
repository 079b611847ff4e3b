// The wire structs of the node's own commands; those of the agent are in hil_protocol.h.
#pragma once

#include <stdint.h>

#include "hil_edge_features.h"

#define HIL_MAX_CHANNELS     14u
#define HIL_MAX_GLOBALS      16u
#define HIL_PROFILE_PHASES   7u
#define HIL_MOCK_OFF         0xFFu
#define HIL_TRAFFIC_LOST     0u
#define HIL_TRAFFIC_ANSWERED 1u
#define HIL_TRAFFIC_NOT_SENT 2u

#define WIRE_LIST "node_struct_list.h"
#include "wire_struct_types.h"
