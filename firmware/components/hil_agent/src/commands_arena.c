// arena_put, arena_get: the scratch memory that kernel commands take their inputs from.
#include <string.h>

#include "agent.h"
#include "machine_port.h"

static uint32_t used; // no byte at or above it was ever handed out since it was cleared

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

static esp_err_t outside(agent_reply_t *reply)
{
    return agent_fail(reply, ESP_ERR_INVALID_SIZE, "the arena has %u bytes",
                      (unsigned)machine_port->arena_bytes);
}

static esp_err_t put(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_arena_req_t asked;
    memcpy(&asked, request, sizeof asked);
    if (asked.len != len - sizeof asked) {
        return agent_fail(reply, ESP_ERR_INVALID_SIZE, "len %u, but %u bytes follow",
                          (unsigned)asked.len, (unsigned)(len - sizeof asked));
    }
    void *to = agent_arena(asked.offset, asked.len, 1);
    if (!to) {
        return outside(reply);
    }
    memcpy(to, request + sizeof asked, asked.len);
    return ESP_OK;
}

static esp_err_t get(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_arena_req_t asked;
    memcpy(&asked, request, len);
    if (asked.len > HIL_MAX_PAYLOAD) {
        return agent_fail(reply, ESP_ERR_INVALID_SIZE, "at most %u bytes a reply", HIL_MAX_PAYLOAD);
    }
    const void *from = agent_arena(asked.offset, asked.len, 1);
    if (!from) {
        return outside(reply);
    }
    agent_answer(reply, from, asked.len);
    return ESP_OK;
}

static const agent_command_t commands[] = {
    {"arena_put", sizeof(hil_arena_req_t), true, put},
    {"arena_get", sizeof(hil_arena_req_t), false, get},
};

const agent_command_group_t agent_arena_commands = {commands, sizeof commands / sizeof commands[0]};
