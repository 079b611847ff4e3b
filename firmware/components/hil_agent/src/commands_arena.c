// The scratch memory ("arena") that holds what commands and calls work on.
#include <string.h>

#include "agent.h"
#include "machine_port.h"

static uint32_t used; // since it was cleared, no byte at or above this one was handed out

void *agent_arena(uint32_t offset, uint64_t len, uint32_t align)
{
    const uint32_t size = machine_port->arena_bytes;
    if (offset > size || len > size - offset || offset % align != 0) {
        return NULL;
    }
    const uint32_t end = offset + (uint32_t)len;
    used = end > used ? end : used;
    return machine_port->arena + offset;
}

uint32_t agent_arena_left(uint32_t offset)
{
    return offset < machine_port->arena_bytes ? machine_port->arena_bytes - offset : 0;
}

void agent_arena_clear(void)
{
    if (used > 0) {
        memset(machine_port->arena, 0, used);
    }
    used = 0;
}

esp_err_t agent_outside(agent_io_t *io, const char *what)
{
    return agent_fail(io, ESP_ERR_INVALID_SIZE,
                      "%s: not within the scratch memory of %u bytes, or not aligned", what,
                      (unsigned)machine_port->arena_bytes);
}

static esp_err_t put(agent_io_t *io)
{
    const hil_arena_req_t *asked = io->in;
    if (asked->len != io->tail_len) {
        return agent_fail(io, ESP_ERR_INVALID_SIZE, "len %u, but %u bytes follow",
                          (unsigned)asked->len, (unsigned)io->tail_len);
    }
    void *to = agent_arena(asked->offset, asked->len, 1);
    if (!to) {
        return agent_outside(io, "arena_put");
    }
    memcpy(to, io->tail, asked->len);
    return ESP_OK;
}

static esp_err_t get(agent_io_t *io)
{
    const hil_arena_req_t *asked = io->in;
    if (asked->len > HIL_MAX_PAYLOAD) {
        return agent_fail(io, ESP_ERR_INVALID_SIZE, "at most %u bytes a reply", HIL_MAX_PAYLOAD);
    }
    const void *from = agent_arena(asked->offset, asked->len, 1);
    return from ? agent_answer(io, from, asked->len) : agent_outside(io, "arena_get");
}

const agent_command_t agent_arena_commands[] = {
    {"arena_put", sizeof(hil_arena_req_t), true, put},
    {"arena_get", sizeof(hil_arena_req_t), false, get},
    {0},
};
