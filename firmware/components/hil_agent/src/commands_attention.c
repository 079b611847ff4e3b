// attention, stream_open, stream_step, stream_evict, stream_reset: the attention kernel on what
// lies in the arena.
#include <inttypes.h>
#include <string.h>

#include "agent.h"
#include "node_config.h"
#include "node_crc32.h"
#include "node_port.h"

#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#include "ruv_attention.h"
#include "ruv_kv_cache.h"

#define FLOAT_ALIGN 4u
#define BASE_MS     10000u
#define MAX_MS      600000u
#define MACS_PER_MS 500u // a slow machine under sanitizers does more

typedef struct {
    ruv_attention_config_t config;
    uint32_t globals[HIL_MAX_GLOBALS];
} config_t;

static struct {
    bool open;
    config_t attention;
    ruv_kv_cache_t cache;
    void *cache_memory; // [cache_bytes]
    size_t cache_bytes;
    void *scratch; // [scratch_bytes]
    size_t scratch_bytes;
    uint32_t n_q_heads;
    uint32_t n_kv_heads;
    uint32_t head_dim;
} stream;

void agent_attention_close(void)
{
    stream.open = false;
}

// The kernel's config points into `to`, which has to stay where it is.
static esp_err_t take_config(const hil_attention_config_t *from, config_t *to, agent_reply_t *reply)
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
    };
    return ESP_OK;
}

// Bytes of a float32 array [rows, heads, dim], UINT64_MAX beyond any memory.
static uint64_t array_bytes(uint32_t rows, uint32_t heads, uint32_t dim)
{
    const uint64_t per_row = (uint64_t)heads * dim;
    if (per_row > UINT32_MAX) {
        return UINT64_MAX;
    }
    const uint64_t floats = per_row * rows;
    return floats > UINT64_MAX / sizeof(float) ? UINT64_MAX : floats * sizeof(float);
}

static esp_err_t outside(agent_reply_t *reply, const char *what)
{
    return agent_fail(reply, ESP_ERR_INVALID_SIZE, "%s does not lie 4-aligned in the arena", what);
}

static uint32_t watchdog_ms(uint64_t edges, uint64_t floats_per_edge)
{
    const uint64_t most = (uint64_t)(MAX_MS - BASE_MS) * MACS_PER_MS;
    if (floats_per_edge != 0 && edges > most / floats_per_edge) {
        return MAX_MS;
    }
    return BASE_MS + (uint32_t)(edges * floats_per_edge / MACS_PER_MS);
}

static esp_err_t run_attention(const config_t *attention, const hil_attention_req_t *asked,
                               agent_reply_t *reply)
{
    const ruv_attention_shape_t shape = {asked->n_tokens, asked->n_q_heads, asked->n_kv_heads,
                                         asked->head_dim};
    const uint64_t q_bytes = array_bytes(asked->n_tokens, asked->n_q_heads, asked->head_dim);
    const uint64_t kv_bytes = array_bytes(asked->n_tokens, asked->n_kv_heads, asked->head_dim);
    const float *q = agent_arena(asked->q_offset, q_bytes, FLOAT_ALIGN);
    const float *k = agent_arena(asked->k_offset, kv_bytes, FLOAT_ALIGN);
    const float *v = agent_arena(asked->v_offset, kv_bytes, FLOAT_ALIGN);
    float *out = agent_arena(asked->out_offset, q_bytes, FLOAT_ALIGN);
    if (!q || !k || !v || !out) {
        return outside(reply, !q ? "q" : !k ? "k" : !v ? "v" : "out");
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
    node_port->watchdog(watchdog_ms(edges, 2u * array_bytes(1, asked->n_q_heads, asked->head_dim)));
    const uint64_t before = node_port->cycles();
    err = ruv_attention_forward(&attention->config, &shape, q, k, v, out, scratch, scratch_bytes);
    const hil_attention_t answer = {edges, node_port->cycles() - before, (uint32_t)scratch_bytes};
    node_port->watchdog(NODE_WATCHDOG_MS);
    if (err) {
        return err;
    }
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t attention(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_attention_req_t asked;
    config_t config;
    memcpy(&asked, request, len);
    const esp_err_t err = take_config(&asked.config, &config, reply);
    return err ? err : run_attention(&config, &asked, reply);
}

static uint32_t cache_crc(void)
{
    return node_crc32(0, stream.cache_memory, stream.cache_bytes);
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
    esp_err_t err = take_config(&asked.config, &stream.attention, reply);
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
    const uint64_t q_bytes = array_bytes(asked.count, stream.n_q_heads, stream.head_dim);
    const uint64_t kv_bytes = array_bytes(asked.count, stream.n_kv_heads, stream.head_dim);
    const float *q = agent_arena(asked.q_offset, q_bytes, FLOAT_ALIGN);
    const float *k = agent_arena(asked.k_offset, kv_bytes, FLOAT_ALIGN);
    const float *v = agent_arena(asked.v_offset, kv_bytes, FLOAT_ALIGN);
    float *out = agent_arena(asked.out_offset, q_bytes, FLOAT_ALIGN);
    if (!q || !k || !v || !out) {
        return outside(reply, !q ? "q" : !k ? "k" : !v ? "v" : "out");
    }
    hil_stream_step_t answer = {0};
    while (answer.done < asked.count && !answer.error) {
        node_port->watchdog(BASE_MS);
        const size_t i = answer.done;
        const uint64_t before = node_port->cycles();
        const esp_err_t err = ruv_attention_step(
            &stream.attention.config, stream.n_q_heads, q + i * q_row, k + i * kv_row,
            v + i * kv_row, &stream.cache, out + i * q_row, stream.scratch, stream.scratch_bytes);
        answer.cycles = node_port->cycles() - before;
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
    const uint64_t kv_bytes = array_bytes(1, stream.n_kv_heads, stream.head_dim);
    const uint64_t scores_bytes = array_bytes(ruv_kv_cache_len(&stream.cache), 1, 1);
    const float *k = agent_arena(asked.k_offset, kv_bytes, FLOAT_ALIGN);
    const float *v = agent_arena(asked.v_offset, kv_bytes, FLOAT_ALIGN);
    const float *scores = agent_arena(asked.scores_offset, scores_bytes, FLOAT_ALIGN);
    if (!k || !v || !scores) {
        return outside(reply, !k ? "k" : !v ? "v" : "scores");
    }
    uint32_t evicted = UINT32_MAX;
    node_port->watchdog(BASE_MS);
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

#define attention    not_built
#define stream_open  not_built
#define stream_step  not_built
#define stream_evict not_built
#define stream_reset not_built

void agent_attention_close(void)
{
}

#endif

static const agent_command_t commands[] = {
    {"attention", sizeof(hil_attention_req_t), false, attention},
    {"stream_step", sizeof(hil_stream_step_req_t), false, stream_step},
    {"stream_open", sizeof(hil_stream_open_req_t), false, stream_open},
    {"stream_evict", sizeof(hil_stream_evict_req_t), false, stream_evict},
    {"stream_reset", 0, false, stream_reset},
};

const agent_command_group_t agent_attention_commands = {commands,
                                                        sizeof commands / sizeof commands[0]};
