// The test interface on the console UART, and what a firmware adds to it: commands, structs and
// what only it can say of its state. Compiled in by CONFIG_HIL_AGENT_ENABLED only.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "hil_protocol.h"
#include "wire_struct.h"

// ---- commands ---------------------------------------------------------------------------------

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

// Puts a sentence into the reply and returns err.
esp_err_t agent_fail(agent_reply_t *reply, esp_err_t err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Copies a reply struct into the reply.
void agent_answer(agent_reply_t *reply, const void *data, size_t len);

void agent_event(const char *name, const void *payload, size_t len);

// ---- scratch memory ---------------------------------------------------------------------------

// The arena: NULL unless [offset, offset + len) lies in it and starts `align`-aligned.
void *agent_arena(uint32_t offset, uint64_t len, uint32_t align);
uint32_t agent_arena_left(uint32_t offset); // bytes from offset to the end

// ---- the stepped clock ------------------------------------------------------------------------

// Moves the stepped clock to a moment, before what is due then is run; answers with the time.
esp_err_t agent_approach(uint64_t us, agent_reply_t *reply);

// ---- what a firmware adds ---------------------------------------------------------------------

typedef struct {
    const wire_struct_t *structs; // [n] made by wire_struct_table.h
    size_t n;
} agent_struct_list_t;

// What only the firmware knows, as a struct of its own behind one of the agent's.
typedef struct {
    size_t len;                        // bytes; 0: there is none
    void (*fill)(void *out /*[len]*/); // gets zeros
} agent_addition_t;

// Any of it may be missing: NULL, and 0 of them.
typedef struct {
    const agent_command_group_t *const *groups; // [n_groups]
    size_t n_groups;
    const agent_struct_list_t *struct_lists; // [n_struct_lists]
    size_t n_struct_lists;
    agent_addition_t status;
    agent_addition_t boot_report;
    size_t restore_len; // bytes of a `restore` request behind the agent's struct; no other number
                        // is taken
    // Back to the state after boot, on the clock as it is now.
    void (*restore)(const void *asked /*[restore_len]*/);
} agent_firmware_t;

// Attaches the agent to the console. Before the firmware boots; `firmware` stays where it is, NULL:
// nothing is added.
void hil_agent_start(const agent_firmware_t *firmware);

// Sends the boot report. After the firmware has booted.
void hil_agent_announce(void);
