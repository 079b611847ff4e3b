// The attention kernel on arrays in the scratch memory: whole (attention), and one token at a time
// over a cache that lies there too (stream_*).
#include <inttypes.h>
#include <string.h>

#include "crc32_ieee.h"
#include "machine_port.h"
#include "node_agent_parts.h"

#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#include "ruv_attention.h"
#include "ruv_kv_cache.h"

#define FLOAT_ALIGN 4u
#define MIN_MS      10000u // the watchdog's time for any call of the kernel
#define MAX_MS      600000u
#define MACS_PER_MS 500u // a slow machine under sanitizers does more

// ---- from the wire to the kernel's types --------------------------------------------------------

typedef struct {
    ruv_attention_config_t config; // points to globals
    uint32_t globals[HIL_MAX_GLOBALS];
} kernel_config_t;

// `to` has to stay where it is while the configuration is used.
static esp_err_t take_config(const hil_attention_config_t *from, kernel_config_t *to,
                             agent_io_t *io)
{
    if (from->n_globals > HIL_MAX_GLOBALS) {
        return agent_fail(io, ESP_ERR_INVALID_ARG, "n_globals %u: at most %u", from->n_globals,
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

// Bytes of a float32 array [rows, heads, dim]; UINT64_MAX where no memory could hold it.
static uint64_t array_bytes(uint32_t rows, uint32_t heads, uint32_t dim)
{
    const uint64_t per_row = (uint64_t)heads * dim;
    if (per_row > UINT32_MAX) {
        return UINT64_MAX;
    }
    const uint64_t floats = per_row * rows;
    return floats > UINT64_MAX / sizeof(float) ? UINT64_MAX : floats * sizeof(float);
}

static float *array_at(uint32_t offset, uint32_t rows, uint32_t heads, uint32_t dim)
{
    return agent_arena(offset, array_bytes(rows, heads, dim), FLOAT_ALIGN);
}

typedef struct {
    const float *q; // [n_tokens, n_q_heads, head_dim]
    const float *k; // [n_tokens, n_kv_heads, head_dim]
    const float *v; // as k
    float *out;     // as q
} arrays_t;

static esp_err_t take_arrays(agent_io_t *io, const ruv_attention_shape_t *shape,
                             const hil_attention_arrays_t *at, arrays_t *to)
{
    const uint32_t n = shape->n_tokens, dim = shape->head_dim;
    to->q = array_at(at->q_offset, n, shape->n_q_heads, dim);
    to->k = array_at(at->k_offset, n, shape->n_kv_heads, dim);
    to->v = array_at(at->v_offset, n, shape->n_kv_heads, dim);
    to->out = array_at(at->out_offset, n, shape->n_q_heads, dim);
    const char *missing = !to->q ? "q" : !to->k ? "k" : !to->v ? "v" : !to->out ? "out" : NULL;
    return missing ? agent_outside(io, missing) : ESP_OK;
}

// ---- attention ----------------------------------------------------------------------------------

static uint32_t watchdog_ms(uint64_t edges, uint64_t floats_per_edge)
{
    const uint64_t most = (uint64_t)(MAX_MS - MIN_MS) * MACS_PER_MS;
    if (floats_per_edge != 0 && edges > most / floats_per_edge) {
        return MAX_MS;
    }
    return MIN_MS + (uint32_t)(edges * floats_per_edge / MACS_PER_MS);
}

static esp_err_t attention(agent_io_t *io)
{
    const hil_attention_req_t *asked = io->in;
    const ruv_attention_shape_t shape = {asked->n_tokens, asked->n_q_heads, asked->n_kv_heads,
                                         asked->head_dim};
    kernel_config_t kernel;
    arrays_t arrays;
    size_t scratch_bytes = 0;
    uint64_t edges = 0;
    esp_err_t err = take_config(&asked->config, &kernel, io);
    err = err ? err : take_arrays(io, &shape, &asked->arrays, &arrays);
    err = err ? err : ruv_attention_scratch_bytes(&kernel.config, &shape, &scratch_bytes);
    err = err ? err : ruv_attention_edges(&kernel.config, shape.n_tokens, &edges);
    if (err) {
        return err;
    }
    void *scratch = agent_arena(asked->scratch_offset, scratch_bytes, 1);
    if (!scratch) {
        return agent_fail(io, ESP_ERR_INVALID_SIZE, "%u bytes of scratch needed, %u left",
                          (unsigned)scratch_bytes,
                          (unsigned)agent_arena_left(asked->scratch_offset));
    }
    machine_port->watchdog(
        watchdog_ms(edges, 2u * array_bytes(1, shape.n_q_heads, shape.head_dim)));
    const uint64_t before = machine_port->cycles();
    err = ruv_attention_forward(&kernel.config, &shape, arrays.q, arrays.k, arrays.v, arrays.out,
                                scratch, scratch_bytes);
    const hil_attention_t answer = {edges, machine_port->cycles() - before,
                                    (uint32_t)scratch_bytes};
    machine_port->watchdog(MACHINE_WATCHDOG_MS);
    return err ? err : agent_answer(io, &answer, sizeof answer);
}

// ---- streams ------------------------------------------------------------------------------------

static struct {
    bool open;
    kernel_config_t kernel;
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

static esp_err_t place_stream(const hil_stream_open_req_t *asked, agent_io_t *io)
{
    const ruv_dtype_t dtype = (ruv_dtype_t)asked->dtype;
    const uint32_t block_size = stream.kernel.config.block_size;
    esp_err_t err = ruv_kv_cache_bytes(asked->capacity, asked->n_kv_heads, asked->head_dim,
                                       block_size, dtype, &stream.cache_bytes);
    if (err) {
        return err;
    }
    err = ruv_attention_step_scratch_bytes(&stream.kernel.config, asked->n_q_heads, asked->head_dim,
                                           asked->capacity, &stream.scratch_bytes);
    if (err) {
        return err;
    }
    const uint64_t total = (uint64_t)stream.cache_bytes + stream.scratch_bytes;
    stream.cache_memory = agent_arena(asked->memory_offset, total, 1);
    if (!stream.cache_memory) {
        return agent_fail(io, ESP_ERR_INVALID_SIZE,
                          "%" PRIu64 " bytes of cache and scratch needed, %u left", total,
                          (unsigned)agent_arena_left(asked->memory_offset));
    }
    stream.scratch = (uint8_t *)stream.cache_memory + stream.cache_bytes;
    memset(stream.cache_memory, 0, (size_t)total);
    return ruv_kv_cache_init(&stream.cache, asked->capacity, asked->n_kv_heads, asked->head_dim,
                             block_size, dtype, stream.cache_memory, stream.cache_bytes);
}

static esp_err_t stream_open(agent_io_t *io)
{
    const hil_stream_open_req_t *asked = io->in;
    stream.open = false;
    esp_err_t err = take_config(&asked->config, &stream.kernel, io);
    if (err) {
        return err;
    }
    if (!stream.kernel.config.causal) {
        return agent_fail(io, ESP_ERR_NOT_SUPPORTED, "a stream needs a causal configuration");
    }
    err = place_stream(asked, io);
    if (err) {
        return err;
    }
    stream.n_q_heads = asked->n_q_heads;
    stream.n_kv_heads = asked->n_kv_heads;
    stream.head_dim = asked->head_dim;
    stream.open = true;
    return ESP_OK;
}

static esp_err_t no_stream(agent_io_t *io)
{
    return agent_fail(io, ESP_ERR_INVALID_STATE, "no stream is open");
}

static esp_err_t stream_step(agent_io_t *io)
{
    const hil_stream_step_req_t *asked = io->in;
    if (!stream.open) {
        return no_stream(io);
    }
    const ruv_attention_shape_t shape = {asked->count, stream.n_q_heads, stream.n_kv_heads,
                                         stream.head_dim};
    arrays_t arrays;
    const esp_err_t outside = take_arrays(io, &shape, &asked->arrays, &arrays);
    if (outside) {
        return outside;
    }
    const size_t q_row = (size_t)stream.n_q_heads * stream.head_dim;
    const size_t kv_row = (size_t)stream.n_kv_heads * stream.head_dim;
    hil_stream_step_t answer = {0};
    while (answer.done < asked->count && !answer.error) {
        machine_port->watchdog(MIN_MS);
        const size_t i = answer.done;
        agent_profile_begin();
        const uint64_t before = machine_port->cycles();
        const esp_err_t err =
            ruv_attention_step(&stream.kernel.config, stream.n_q_heads, arrays.q + i * q_row,
                               arrays.k + i * kv_row, arrays.v + i * kv_row, &stream.cache,
                               arrays.out + i * q_row, stream.scratch, stream.scratch_bytes);
        answer.cycles = machine_port->cycles() - before;
        agent_profile_end();
        answer.error = (uint32_t)err;
        answer.done += err == ESP_OK;
    }
    answer.cache_len = ruv_kv_cache_len(&stream.cache);
    answer.cache_crc = cache_crc();
    return agent_answer(io, &answer, sizeof answer);
}

static esp_err_t stream_evict(agent_io_t *io)
{
    const hil_stream_evict_req_t *asked = io->in;
    if (!stream.open) {
        return no_stream(io);
    }
    const float *k = array_at(asked->k_offset, 1, stream.n_kv_heads, stream.head_dim);
    const float *v = array_at(asked->v_offset, 1, stream.n_kv_heads, stream.head_dim);
    const float *scores = array_at(asked->scores_offset, ruv_kv_cache_len(&stream.cache), 1, 1);
    if (!k || !v || !scores) {
        return agent_outside(io, !k ? "k" : !v ? "v" : "scores");
    }
    uint32_t evicted = UINT32_MAX;
    machine_port->watchdog(MIN_MS);
    const esp_err_t err =
        ruv_kv_cache_evict_and_append(&stream.cache, k, v, scores, &stream.kernel.config, &evicted);
    if (err) {
        return err;
    }
    const hil_stream_evict_t answer = {evicted, ruv_kv_cache_len(&stream.cache), cache_crc()};
    return agent_answer(io, &answer, sizeof answer);
}

static esp_err_t stream_reset(agent_io_t *io)
{
    if (!stream.open) {
        return no_stream(io);
    }
    ruv_kv_cache_reset(&stream.cache);
    return ESP_OK;
}

#endif

const agent_command_t node_attention_commands[] = {
    {"attention", sizeof(hil_attention_req_t), false, OF_HEAD(attention)},
    {"stream_step", sizeof(hil_stream_step_req_t), false, OF_HEAD(stream_step)},
    {"stream_open", sizeof(hil_stream_open_req_t), false, OF_HEAD(stream_open)},
    {"stream_evict", sizeof(hil_stream_evict_req_t), false, OF_HEAD(stream_evict)},
    {"stream_reset", 0, false, OF_HEAD(stream_reset)},
    {0},
};
