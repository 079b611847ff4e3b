// What the commands that call the attention kernel share: from the wire to the kernel's types.
#pragma once

#include "node_agent_parts.h"
#include "ruv_attention.h"

#define AGENT_FLOAT_ALIGN    4u
#define AGENT_KERNEL_BASE_MS 10000u // what the watchdog allows any kernel call

typedef struct {
    ruv_attention_config_t config;
    uint32_t globals[HIL_MAX_GLOBALS];
} agent_config_t;

// The kernel's config points into `to`, which has to stay where it is.
esp_err_t agent_take_config(const hil_attention_config_t *from, agent_config_t *to,
                            agent_reply_t *reply);

// Bytes of a float32 array [rows, heads, dim], UINT64_MAX beyond any memory.
uint64_t agent_array_bytes(uint32_t rows, uint32_t heads, uint32_t dim);

// The refusal of an array that is not wholly and 4-aligned in the arena.
esp_err_t agent_outside(agent_reply_t *reply, const char *what);
