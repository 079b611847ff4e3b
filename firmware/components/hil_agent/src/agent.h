// The agent's inside: what its files need of each other.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hil_agent.h"

// ---- lines ------------------------------------------------------------------------------------

#define AGENT_MAX_COMMAND 23u

// What a received line is.
typedef enum {
    LINE_EMPTY,
    LINE_GARBAGE, // not a request
    LINE_BAD_CRC, // a request by its marker and id, damaged
    LINE_REQUEST,
} agent_line_kind_t;

typedef struct {
    uint32_t id;
    char command[AGENT_MAX_COMMAND + 1u]; // "" when it is no possible name
    const char *payload;                  // [payload_len] inside the line, still encoded
    size_t payload_len;
} agent_request_t;

// Finds the request in a line without its newline. For LINE_BAD_CRC only the id is set.
agent_line_kind_t agent_parse_line(const char *line /*[len]*/, size_t len, agent_request_t *out);

// Encodes a line, the newline included, into out [HIL_MAX_LINE] and returns its length.
size_t agent_format_reply(char *out, uint32_t id, uint32_t status, const uint8_t *payload,
                          size_t len);
size_t agent_format_event(char *out, uint32_t seq, const char *name, const uint8_t *payload,
                          size_t len);

// ---- dispatch ---------------------------------------------------------------------------------

// The agent's own, one file each.
extern const agent_command_group_t agent_session_commands;
extern const agent_command_group_t agent_arena_commands;
extern const agent_command_group_t agent_export_commands;

// ---- state ------------------------------------------------------------------------------------

typedef struct {
    uint32_t rx_bytes;
    uint32_t lines_ok;
    uint32_t lines_garbage;
    uint32_t lines_overlong;
    uint32_t lines_bad_crc;
    uint32_t unknown_commands;
    uint32_t replays;
    uint32_t stale_ids;
} agent_counters_t;

typedef struct {
    agent_counters_t counters;
    uint32_t last_id;                 // the highest request id executed since boot
    const agent_firmware_t *firmware; // never NULL
} agent_state_t;

extern agent_state_t agent_state;

// ---- what the files share ---------------------------------------------------------------------

// The boot report as a reply, the firmware's part with it.
esp_err_t agent_boot_report(agent_reply_t *reply);

// Each puts more behind what the reply holds: bytes, or what the firmware adds.
// ESP_ERR_INVALID_SIZE where it does not fit: then the reply says so and holds nothing else.
esp_err_t agent_append(agent_reply_t *reply, const void *data, size_t len);
esp_err_t agent_add(agent_reply_t *reply, const agent_addition_t *addition);

// Reply of the `layout` command; ESP_ERR_NOT_FOUND beyond the last struct.
esp_err_t agent_layout_reply(uint16_t index, agent_reply_t *reply);

void agent_arena_clear(void); // zeros, as after boot
