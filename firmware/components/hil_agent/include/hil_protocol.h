/*
 * The node agent's wire structs: requests, replies and events of the HIL protocol, version 1.
 *
 * Everything is little-endian and packed. The host side holds the same definitions; the `layout`
 * command reports sizeof and every offsetof of what stands here, and the harness refuses to go on
 * when the two differ. docs/node-protocol.md describes the line format and each command.
 */
#pragma once

#include <stdint.h>

#define HIL_PROTOCOL_VERSION 1u
#define HIL_MAX_LINE         2688u /* bytes of one line, the newline included */
#define HIL_MAX_PAYLOAD      2080u /* bytes of one payload before base85: any wire packet */
#define HIL_REPLY_CACHE      8u    /* requests that may be unanswered at a time */

#define HIL_MAX_CHANNELS     14u
#define HIL_MAX_PARTITIONS   8u
#define HIL_MAX_GLOBALS      16u
#define HIL_PROFILE_PHASES   7u
#define HIL_MOCK_OFF         0xFFu
#define HIL_NO_PAIRS         0xFFFFFFFFu
#define HIL_TRAFFIC_LOST     0u
#define HIL_TRAFFIC_ANSWERED 1u
#define HIL_TRAFFIC_NOT_SENT 2u

typedef enum {
    HIL_HEAD_OFF = 0,
    HIL_HEAD_ON = 1,
    HIL_HEAD_FAILED = 2,
    HIL_HEAD_NOT_BUILT = 3
} hil_head_state_t;

#define WIRE_LIST "hil_struct_list.h"
#include "wire_struct_types.h"
