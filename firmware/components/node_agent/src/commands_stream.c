// stream_open, stream_step, stream_evict, stream_reset: attention one token at a time over a cache
// in the arena.
#include <inttypes.h>
#include <string.h>

#include "crc32_ieee.h"
#include "node_agent_parts.h"
#include "node_config.h"

#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#include "kernel_arguments.h"
#include "machine_port.h"
#include "ruv_kv_cache.h"

static struct {
    bool open;
    agent_config_t attention;
    ruv_kv_cache_t cache;
    void *cache_memory; // [cache_bytes]
    size_t cache_bytes;
    void *scratch; // [scratch_bytes]
    size_t scratch_bytes;
    uint32_t n_q_heads;
    uint32_t n_kv_heads;
    uint32_t head_dim;
} stream;

void agent_stream_close(void)
{
    stream.open = false;
}

static uint32_t cache_crc(void)
{
    return crc32_ieee(0, stream.cache_memory, stream.cache_bytes);
}

static esp_err_t place_stream(const hil_stream_open_req_t *asked, agent_reply_t *reply)
{
    const ruv_dtype_t dtype = (ruv_dtype_t)asked->dtype;
    const uint32_t block_size = stream.attention.config.block_size;
    esp_err_t err = ruv_kv_cache_bytes(asked->capacity, asked->n_kv_heads, asked->head_dim,
                                       block_size, dtype, &stream.cache_bytes);
    if (err) {
        return err;
    }
    err = ruv_attention_step_scratch_bytes(&stream.attention.config, asked->n_q_heads,
                                           asked->head_dim, asked->capacity, &stream.scratch_bytes);
    if (err) {
        return err;
    }
    const uint64_t total = (uint64_t)stream.cache_bytes + stream.scratch_bytes;
    stream.cache_memory = agent_arena(asked->memory_offset, total, 1);
    if (!stream.cache_memory) {
        return agent_fail(reply, ESP_ERR_INVALID_SIZE,
                          "%" PRIu64 " bytes of cache and scratch needed, %u left", total,
                          (unsigned)agent_arena_left(asked->memory_offset));
    }
    stream.scratch = (uint8_t *)stream.cache_memory + stream.cache_bytes;
    memset(stream.cache_memory, 0, (size_t)total);
    return ruv_kv_cache_init(&stream.cache, asked->capacity, asked->n_kv_heads, asked->head_dim,
                             block_size, dtype, stream.cache_memory, stream.cache_bytes);
}

static esp_err_t stream_open(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_stream_open_req_t asked;
    memcpy(&asked, request, len);
    stream.open = false;
    esp_err_t err = agent_take_config(&asked.config, &stream.attention, reply);
    if (err) {
        return err;
    }
    if (!stream.attention.config.causal) {
        return agent_fail(reply, ESP_ERR_NOT_SUPPORTED, "only a causal configuration streams");
    }
    err = place_stream(&asked, reply);
    if (err) {
        return err;
    }
    stream.n_q_heads = asked.n_q_heads;
    stream.n_kv_heads = asked.n_kv_heads;
    stream.head_dim = asked.head_dim;
    stream.open = true;
    return ESP_OK;
}

static esp_err_t no_stream(agent_reply_t *reply)
{
    return agent_fail(reply, ESP_ERR_INVALID_STATE, "no stream is open");
}

static esp_err_t stream_step(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_stream_step_req_t asked;
    memcpy(&asked, request, len);
    if (!stream.open) {
        return no_stream(reply);
    }
    const size_t q_row = (size_t)stream.n_q_heads * stream.head_dim;
    const size_t kv_row = (size_t)stream.n_kv_heads * stream.head_dim;
    const uint64_t q_bytes = agent_array_bytes(asked.count, stream.n_q_heads, stream.head_dim);
    const uint64_t kv_bytes = agent_array_bytes(asked.count, stream.n_kv_heads, stream.head_dim);
    const float *q = agent_arena(asked.q_offset, q_bytes, AGENT_FLOAT_ALIGN);
    const float *k = agent_arena(asked.k_offset, kv_bytes, AGENT_FLOAT_ALIGN);
    const float *v = agent_arena(asked.v_offset, kv_bytes, AGENT_FLOAT_ALIGN);
    float *out = agent_arena(asked.out_offset, q_bytes, AGENT_FLOAT_ALIGN);
    if (!q || !k || !v || !out) {
        return agent_outside(reply, !q ? "q" : !k ? "k" : !v ? "v" : "out");
    }
    hil_stream_step_t answer = {0};
    while (answer.done < asked.count && !answer.error) {
        machine_port->watchdog(AGENT_KERNEL_BASE_MS);
        const size_t i = answer.done;
        agent_profile_begin();
        const uint64_t before = machine_port->cycles();
        const esp_err_t err = ruv_attention_step(
            &stream.attention.config, stream.n_q_heads, q + i * q_row, k + i * kv_row,
            v + i * kv_row, &stream.cache, out + i * q_row, stream.scratch, stream.scratch_bytes);
        answer.cycles = machine_port->cycles() - before;
        agent_profile_end();
        answer.error = (uint32_t)err;
        answer.done += err == ESP_OK;
    }
    answer.cache_len = ruv_kv_cache_len(&stream.cache);
    answer.cache_crc = cache_crc();
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t stream_evict(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_stream_evict_req_t asked;
    memcpy(&asked, request, len);
    if (!stream.open) {
        return no_stream(reply);
    }
    const uint64_t kv_bytes = agent_array_bytes(1, stream.n_kv_heads, stream.head_dim);
    const uint64_t scores_bytes = agent_array_bytes(ruv_kv_cache_len(&stream.cache), 1, 1);
    const float *k = agent_arena(asked.k_offset, kv_bytes, AGENT_FLOAT_ALIGN);
    const float *v = agent_arena(asked.v_offset, kv_bytes, AGENT_FLOAT_ALIGN);
    const float *scores = agent_arena(asked.scores_offset, scores_bytes, AGENT_FLOAT_ALIGN);
    if (!k || !v || !scores) {
        return agent_outside(reply, !k ? "k" : !v ? "v" : "scores");
    }
    uint32_t evicted = UINT32_MAX;
    machine_port->watchdog(AGENT_KERNEL_BASE_MS);
    const esp_err_t err = ruv_kv_cache_evict_and_append(&stream.cache, k, v, scores,
                                                        &stream.attention.config, &evicted);
    if (err) {
        return err;
    }
    const hil_stream_evict_t answer = {evicted, ruv_kv_cache_len(&stream.cache), cache_crc()};
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t stream_reset(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    if (!stream.open) {
        return no_stream(reply);
    }
    ruv_kv_cache_reset(&stream.cache);
    return ESP_OK;
}

#else

static esp_err_t not_built(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    return agent_fail(reply, ESP_ERR_NOT_SUPPORTED, "this image is built without the head");
}

#define stream_open  not_built
#define stream_step  not_built
#define stream_evict not_built
#define stream_reset not_built

void agent_stream_close(void)
{
}

#endif

static const agent_command_t commands[] = {
    {"stream_step", sizeof(hil_stream_step_req_t), false, stream_step},
    {"stream_open", sizeof(hil_stream_open_req_t), false, stream_open},
    {"stream_evict", sizeof(hil_stream_evict_req_t), false, stream_evict},
    {"stream_reset", 0, false, stream_reset},
};

const agent_command_group_t node_stream_commands = {commands, sizeof commands / sizeof commands[0]};
