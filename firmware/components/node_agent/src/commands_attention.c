// attention: one call of the kernel on what lies in the arena.
#include <string.h>

#include "node_agent_parts.h"
#include "node_config.h"

#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#include "kernel_arguments.h"
#include "machine_port.h"

#define MAX_MS      600000u
#define MACS_PER_MS 500u // a slow machine under sanitizers does more

static uint32_t watchdog_ms(uint64_t edges, uint64_t floats_per_edge)
{
    const uint64_t most = (uint64_t)(MAX_MS - AGENT_KERNEL_BASE_MS) * MACS_PER_MS;
    if (floats_per_edge != 0 && edges > most / floats_per_edge) {
        return MAX_MS;
    }
    return AGENT_KERNEL_BASE_MS + (uint32_t)(edges * floats_per_edge / MACS_PER_MS);
}

static esp_err_t run_attention(const agent_config_t *attention, const hil_attention_req_t *asked,
                               agent_reply_t *reply)
{
    const ruv_attention_shape_t shape = {asked->n_tokens, asked->n_q_heads, asked->n_kv_heads,
                                         asked->head_dim};
    const uint64_t q_bytes = agent_array_bytes(asked->n_tokens, asked->n_q_heads, asked->head_dim);
    const uint64_t kv_bytes =
        agent_array_bytes(asked->n_tokens, asked->n_kv_heads, asked->head_dim);
    const float *q = agent_arena(asked->q_offset, q_bytes, AGENT_FLOAT_ALIGN);
    const float *k = agent_arena(asked->k_offset, kv_bytes, AGENT_FLOAT_ALIGN);
    const float *v = agent_arena(asked->v_offset, kv_bytes, AGENT_FLOAT_ALIGN);
    float *out = agent_arena(asked->out_offset, q_bytes, AGENT_FLOAT_ALIGN);
    if (!q || !k || !v || !out) {
        return agent_outside(reply, !q ? "q" : !k ? "k" : !v ? "v" : "out");
    }
    size_t scratch_bytes = 0;
    uint64_t edges = 0;
    esp_err_t err = ruv_attention_scratch_bytes(&attention->config, &shape, &scratch_bytes);
    if (err) {
        return err;
    }
    err = ruv_attention_edges(&attention->config, asked->n_tokens, &edges);
    if (err) {
        return err;
    }
    void *scratch = agent_arena(asked->scratch_offset, scratch_bytes, 1);
    if (!scratch) {
        return agent_fail(reply, ESP_ERR_INVALID_SIZE, "%u bytes of scratch needed, %u left",
                          (unsigned)scratch_bytes,
                          (unsigned)agent_arena_left(asked->scratch_offset));
    }
    machine_port->watchdog(
        watchdog_ms(edges, 2u * agent_array_bytes(1, asked->n_q_heads, asked->head_dim)));
    const uint64_t before = machine_port->cycles();
    err = ruv_attention_forward(&attention->config, &shape, q, k, v, out, scratch, scratch_bytes);
    const hil_attention_t answer = {edges, machine_port->cycles() - before,
                                    (uint32_t)scratch_bytes};
    machine_port->watchdog(MACHINE_WATCHDOG_MS);
    if (err) {
        return err;
    }
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t attention(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_attention_req_t asked;
    agent_config_t config;
    memcpy(&asked, request, len);
    const esp_err_t err = agent_take_config(&asked.config, &config, reply);
    return err ? err : run_attention(&config, &asked, reply);
}

#else

static esp_err_t not_built(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    return agent_fail(reply, ESP_ERR_NOT_SUPPORTED, "this image is built without the head");
}

#define attention not_built

#endif

static const agent_command_t commands[] = {
    {"attention", sizeof(hil_attention_req_t), false, attention},
};

const agent_command_group_t node_attention_commands = {commands,
                                                       sizeof commands / sizeof commands[0]};
