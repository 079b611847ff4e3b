// The node: it always boots, and does its work in steps of the main loop.
#pragma once

#include "esp_err.h"
#include "node_port.h"
#include "weights_store.h"

#define NODE_HEAD_REASON 64u

// The values are those of the boot report.
typedef enum {
    HEAD_OFF = 0,
    HEAD_ON = 1,
    HEAD_FAILED = 2, // self-test or init
    HEAD_NOT_BUILT = 3,
} head_state_t;

// The head as boot, or its last restart, left it.
typedef struct {
    head_state_t state;
    esp_err_t error;               // why it is not on, ESP_OK when it is
    char reason[NODE_HEAD_REASON]; // one sentence, NUL padded
    esp_err_t self_test_error;
    weights_selection_t weights;
    weights_shape_t shape; // of these weights; all 0 where there are none
} node_head_t;

void node_init(const node_port_t *port); // after machine_init
void node_boot(void); // self-test, weights, head, controller; the log has the results

// Back to the state after boot without a reset, on the clock as it is now.
void node_restore(void);

// At boot: self-test, weights, start; the log has the result.
void node_boot_head(void);

// Selects the weights again and restarts the head with them; after an update.
void node_restart_head(void);

// Brings the head to the state in which a boot would leave it now. A head that runs with the same
// weights is not made again: it only forgets its frames.
void node_reset_head_stream(void);

const node_head_t *node_head(void);
