/*
 * The agent's own wire structs: requests, replies and events of the HIL protocol, version 3.
 *
 * Everything is little-endian and packed. The host side holds the same definitions; the `layout`
 * command reports sizeof and every offsetof of what stands here, and the harness refuses to go on
 * when the two differ. docs/node-protocol.md describes the line format and each command.
 */
#pragma once

#include <stdint.h>

#define HIL_PROTOCOL_VERSION 3u
#define HIL_MAX_LINE         2688u /* bytes of one line, the newline included */
#define HIL_MAX_PAYLOAD      2080u /* bytes of one payload before base85; holds any wire packet */
#define HIL_REPLY_CACHE      8u    /* requests that may be unanswered at a time */

#define HIL_MAX_PARTITIONS 8u

#define WIRE_LIST "hil_struct_list.h"
#include "wire_struct_types.h"
