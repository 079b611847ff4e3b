// The agent is the test interface on the console UART. A firmware adds its commands, its structs
// and its part of status and boot report. It is in the image only with CONFIG_HIL_AGENT_ENABLED.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "hil_protocol.h"
#include "wire_struct.h"

// ---- commands ---------------------------------------------------------------------------------

// A request and the reply to it.
typedef struct {
    const void *in;      // the request struct; aligned to 8
    const uint8_t *tail; // [tail_len] the bytes behind the struct
    size_t tail_len;
    uint8_t out[HIL_MAX_PAYLOAD]; // [out_len] the reply's payload
    size_t out_len;
    void (*after)(void); // called after the reply was written; NULL: nothing is
} agent_io_t;

// Returns the status of the reply. The agent has checked the size of the request.
typedef esp_err_t (*agent_handler_t)(agent_io_t *io);

typedef struct {
    const char *name;        // NULL ends a table
    size_t fixed_len;        // bytes of the request struct
    bool has_tail;           // whether bytes may follow the struct
    agent_handler_t handler; // NULL: the command's subject is not part of this image
} agent_command_t;

// Makes a sentence the reply's payload, and returns err.
esp_err_t agent_fail(agent_io_t *io, esp_err_t err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Makes a struct the reply's payload, and returns ESP_OK.
esp_err_t agent_answer(agent_io_t *io, const void *data /*[len]*/, size_t len);

// Adds bytes to the reply's payload. ESP_ERR_INVALID_SIZE where they do not fit: the payload is
// then a sentence that says so.
esp_err_t agent_append(agent_io_t *io, const void *data /*[len]*/, size_t len);

void agent_event(const char *name, const void *payload, size_t len);

// ---- scratch memory ---------------------------------------------------------------------------

// The bytes [offset, offset + len) of the scratch memory ("arena"); NULL where they do not lie in
// it, or the first is not aligned to `align`.
void *agent_arena(uint32_t offset, uint64_t len, uint32_t align);
uint32_t agent_arena_left(uint32_t offset); // bytes from offset to the end

// Refuses a request whose `what` is not in the scratch memory.
esp_err_t agent_outside(agent_io_t *io, const char *what);

// ---- the stepped clock ------------------------------------------------------------------------

// Moves the stepped clock forward by `us`. Work that is due at the new time has not run yet. The
// reply is the time.
esp_err_t agent_approach(uint64_t us, agent_io_t *io);

// ---- what a firmware adds ---------------------------------------------------------------------

typedef struct {
    const wire_struct_t *structs; // [n] made by wire_struct_table.h
    size_t n;
} agent_struct_list_t;

// A struct of the firmware's own that follows one of the agent's.
typedef struct {
    size_t len;                        // bytes; 0: there is none
    void (*fill)(void *out /*[len]*/); // out is zeros when it is called
} agent_addition_t;

// Each of the members may be missing: NULL, with 0 for its length.
typedef struct {
    const agent_command_t *const *groups; // [n_groups] tables of commands
    size_t n_groups;
    const agent_struct_list_t *struct_lists; // [n_struct_lists]
    size_t n_struct_lists;
    agent_addition_t status;
    agent_addition_t boot_report;
    size_t restore_len; // bytes that follow the agent's struct in a `restore` request
    // Brings the firmware back to its state after boot. The clock has been set already.
    void (*restore)(const void *asked /*[restore_len]*/);
} agent_firmware_t;

// Attaches the agent to the console; called before the firmware boots. `firmware` has to stay where
// it is; NULL: nothing is added.
void hil_agent_start(const agent_firmware_t *firmware);

// Sends the boot report; called after the firmware has booted.
void hil_agent_announce(void);
