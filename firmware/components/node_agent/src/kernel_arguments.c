#include "node_config.h"

#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#include <string.h>

#include "kernel_arguments.h"

esp_err_t agent_take_config(const hil_attention_config_t *from, agent_config_t *to,
                            agent_reply_t *reply)
{
    if (from->n_globals > HIL_MAX_GLOBALS) {
        return agent_fail(reply, ESP_ERR_INVALID_ARG, "n_globals %u: at most %u", from->n_globals,
                          HIL_MAX_GLOBALS);
    }
    memcpy(to->globals, from->global_tokens, sizeof to->globals);
    to->config = (ruv_attention_config_t){
        .window = from->window,
        .block_size = from->block_size,
        .global_tokens = to->globals,
        .n_globals = from->n_globals,
        .causal = from->causal != 0,
        .use_log_stride = from->use_log_stride != 0,
        .use_landmarks = from->use_landmarks != 0,
        .kernel = (ruv_kernel_t)from->kernel,
    };
    return ESP_OK;
}

uint64_t agent_array_bytes(uint32_t rows, uint32_t heads, uint32_t dim)
{
    const uint64_t per_row = (uint64_t)heads * dim;
    if (per_row > UINT32_MAX) {
        return UINT64_MAX;
    }
    const uint64_t floats = per_row * rows;
    return floats > UINT64_MAX / sizeof(float) ? UINT64_MAX : floats * sizeof(float);
}

esp_err_t agent_outside(agent_reply_t *reply, const char *what)
{
    return agent_fail(reply, ESP_ERR_INVALID_SIZE, "%s does not lie 4-aligned in the arena", what);
}

#endif
