// The agent's inside: what its files need of each other.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge_features.h"
#include "esp_err.h"
#include "hil_protocol.h"

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

typedef struct {
    uint8_t payload[HIL_MAX_PAYLOAD];
    size_t len;
    void (*after)(void); // run when the reply is on the line
} agent_reply_t;

// A handler gets exactly the bytes its table entry asks for and fills in the reply.
typedef esp_err_t (*agent_handler_t)(const uint8_t *request /*[len]*/, size_t len,
                                     agent_reply_t *reply);

typedef struct {
    const char *name;
    size_t fixed_len; // of the request struct
    bool has_tail;    // bytes may follow it
    agent_handler_t handler;
} agent_command_t;

typedef struct {
    const agent_command_t *commands; // [n]
    size_t n;
} agent_command_group_t;

// One file each.
extern const agent_command_group_t agent_session_commands;
extern const agent_command_group_t agent_weights_commands;
extern const agent_command_group_t agent_task_commands;
extern const agent_command_group_t agent_arena_commands;
extern const agent_command_group_t agent_attention_commands;
extern const agent_command_group_t agent_stream_commands;
extern const agent_command_group_t agent_head_commands;
extern const agent_command_group_t agent_controller_commands;
extern const agent_command_group_t agent_edge_commands;
extern const agent_command_group_t agent_edge_parts_commands;
extern const agent_command_group_t agent_capture_commands;
extern const agent_command_group_t agent_carriers_commands;
extern const agent_command_group_t agent_codec_commands;
extern const agent_command_group_t agent_settings_commands;
extern const agent_command_group_t agent_csi_commands;
extern const agent_command_group_t agent_sense_commands;
extern const agent_command_group_t agent_profile_commands;

// Puts a sentence into the reply and returns err.
esp_err_t agent_fail(agent_reply_t *reply, esp_err_t err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Copies a reply struct into the reply.
void agent_answer(agent_reply_t *reply, const void *data, size_t len);

void agent_event(const char *name, const void *payload, size_t len);

uint32_t agent_last_id(void);

// ---- counters ---------------------------------------------------------------------------------

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

extern agent_counters_t agent_counters;

// ---- what the command groups share ------------------------------------------------------------

void agent_boot_report(hil_boot_report_t *out);

// Reply of the `layout` command; ESP_ERR_NOT_FOUND beyond the last struct.
esp_err_t agent_layout_reply(uint16_t index, agent_reply_t *reply);

// The arena: NULL unless [offset, offset + len) lies in it and starts `align`-aligned.
void *agent_arena(uint32_t offset, uint64_t len, uint32_t align);
uint32_t agent_arena_left(uint32_t offset); // bytes from offset to the end
void agent_arena_clear(void);               // zeros, as after boot

// Forget what kernel commands left open.
void agent_stream_close(void);
void agent_profile_off(void);

// Around one classification or one step of a stream. (commands_profile.c)
void agent_profile_begin(void);
void agent_profile_end(void);
void agent_head_close(void);
void agent_edge_close(void);

// What the node has made of a frame, as the host is told. (commands_sense.c)
void agent_edge_features(const edge_features_t *from, hil_edge_features_t *to);

// Moves the stepped clock to a moment, before what is due then is run; answers with the time.
esp_err_t agent_approach(uint64_t us, agent_reply_t *reply);
