// What the files of the agent need of each other.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hil_agent.h"

// ---- base85.c -----------------------------------------------------------------------------------
// The alphabet of RFC 1924, as Python's base64.b85encode: 4 bytes in 5 characters; a last group of
// n bytes in n + 1 characters.

#define BASE85_ENCODED_LEN(n) (((n) / 4u) * 5u + ((n) % 4u ? (n) % 4u + 1u : 0u))
#define BASE85_INVALID        SIZE_MAX

// Writes BASE85_ENCODED_LEN(len) characters and returns how many.
size_t base85_encode(const uint8_t *data /*[len]*/, size_t len, char *out);

// Returns the number of bytes written, or BASE85_INVALID: a character outside the alphabet, a group
// beyond 32 bits, a last group of one character, more than max bytes.
size_t base85_decode(const char *text /*[len]*/, size_t len, uint8_t *out /*[max]*/, size_t max);

// ---- line_codec.c -------------------------------------------------------------------------------

#define AGENT_MAX_COMMAND 23u

// What a received line is.
typedef enum {
    LINE_EMPTY,
    LINE_GARBAGE, // not a request
    LINE_BAD_CRC, // has the marker and the id of a request, and is damaged
    LINE_REQUEST,
} agent_line_kind_t;

typedef struct {
    uint32_t id;
    char command[AGENT_MAX_COMMAND + 1u]; // "" where the line has no valid name
    const char *payload;                  // [payload_len] inside the line, still in base85
    size_t payload_len;
} agent_request_t;

// Finds the request in a line without its newline. For LINE_BAD_CRC only the id is set.
agent_line_kind_t agent_parse_line(const char *line /*[len]*/, size_t len, agent_request_t *out);

// Each encodes a line, the newline included, into out [HIL_MAX_LINE] and returns its length.
size_t agent_format_reply(char *out, uint32_t id, uint32_t status, const uint8_t *payload,
                          size_t len);
size_t agent_format_event(char *out, uint32_t seq, const char *name, const uint8_t *payload,
                          size_t len);

// ---- reply_cache.c: the last HIL_REPLY_CACHE replies, as lines, by request id

// Where the reply to this id is to be written: char [HIL_MAX_LINE]. Forgets the oldest reply.
char *reply_cache_slot(uint32_t id);
void reply_cache_set_len(uint32_t id, size_t len);

// NULL where that reply is not kept.
const char *reply_cache_find(uint32_t id, size_t *len);

// ---- reply.c: the agent's state, and the making of replies

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

// Each adds to the reply's payload, with the errors of agent_append: a struct and the name that
// belongs to it; the firmware's own struct.
esp_err_t agent_append_named(agent_io_t *io, const void *entry /*[len]*/, size_t len,
                             const char *name);
esp_err_t agent_add(agent_io_t *io, const agent_addition_t *addition);

// ---- commands -----------------------------------------------------------------------------------

extern const agent_command_t agent_session_commands[]; // commands_session.c
extern const agent_command_t agent_arena_commands[];   // commands_arena.c
extern const agent_command_t agent_export_commands[];  // commands_exports.c

// The boot report as a reply, the firmware's part with it. (commands_session.c)
esp_err_t agent_boot_report(agent_io_t *io);

esp_err_t agent_layout(agent_io_t *io); // the command `layout` (layout.c)

// Sets the scratch memory to zeros, as after boot. (commands_arena.c)
void agent_arena_clear(void);
