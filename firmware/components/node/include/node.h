// The node: boots, never fails to, and runs to completion in steps.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "node_clock.h"
#include "node_port.h"
#include "weights_store.h"

#define NODE_HEAD_REASON    64u
#define NODE_MAX_ADVANCE_US (24u * 3600u * UINT64_C(1000000))

// The values are the boot report's.
typedef enum {
    HEAD_OFF = 0,
    HEAD_ON = 1,
    HEAD_FAILED = 2, // self-test or init
    HEAD_NOT_BUILT = 3,
} head_state_t;

// The head as boot (or the last restart of it) left it.
typedef struct {
    head_state_t state;
    esp_err_t error;               // why it is not on, ESP_OK when it is
    char reason[NODE_HEAD_REASON]; // one sentence, NUL padded
    esp_err_t self_test_error;
    weights_selection_t weights;
    weights_shape_t shape; // of these weights; all 0 where there are none
} node_head_t;

// What is attached to the console: polled once a step; true when it did something.
typedef bool (*node_console_poll_t)(void);

void node_init(const node_port_t *port);
void node_attach_console(node_console_poll_t poll);
void node_boot(void); // self-test, weights, head, controller; says on the log what it found
void node_step(void); // console, everything that is due, then idle until there is more

// Everything due now. Part of node_step; the console calls it between requests.
void node_run_due(void);

// Moves the stepped clock, deadline by deadline, and runs what falls due.
//   ESP_ERR_INVALID_STATE  the clock is real
//   ESP_ERR_INVALID_ARG    more than NODE_MAX_ADVANCE_US
esp_err_t node_advance(uint64_t us);

// The same, but for what falls due at the very end: something else comes first at that moment.
esp_err_t node_approach(uint64_t us);

// Back to the state after boot without a reset.
void node_restore(node_clock_mode_t mode);

// At boot: self-test, weights, start; says on the log what came of it.
void node_boot_head(void);

// Selects the weights again and restarts the head with them; after an update.
void node_restart_head(void);

// The head as boot would leave it now. Not made again where it runs as it would.
void node_rewind_head(void);

const node_head_t *node_head(void);
const char *node_reset_reason_name(node_reset_reason_t reason);
