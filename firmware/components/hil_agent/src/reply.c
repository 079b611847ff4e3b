#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"

static const agent_firmware_t nothing_added;

agent_state_t agent_state = {.firmware = &nothing_added};

esp_err_t agent_fail(agent_io_t *io, esp_err_t err, const char *format, ...)
{
    const size_t max = sizeof io->out - 1u;
    va_list args;
    va_start(args, format);
    const int len = vsnprintf((char *)io->out, sizeof io->out, format, args);
    va_end(args);
    io->out_len = len < 0 ? 0 : (size_t)len < max ? (size_t)len : max;
    return err;
}

esp_err_t agent_answer(agent_io_t *io, const void *data, size_t len)
{
    io->out_len = 0;
    return agent_append(io, data, len);
}

// Makes room for len more bytes, zeros. NULL where they do not fit: the reply is then a sentence
// that says so.
static uint8_t *extend(agent_io_t *io, size_t len)
{
    const size_t room = sizeof io->out - io->out_len;
    if (len > room) {
        (void)agent_fail(io, ESP_ERR_INVALID_SIZE, "%u more bytes do not fit: there is room for %u",
                         (unsigned)len, (unsigned)room);
        return NULL;
    }
    uint8_t *const at = io->out + io->out_len;
    memset(at, 0, len);
    io->out_len += len;
    return at;
}

esp_err_t agent_append(agent_io_t *io, const void *data, size_t len)
{
    uint8_t *const at = extend(io, len);
    if (!at) {
        return ESP_ERR_INVALID_SIZE;
    }
    memcpy(at, data, len);
    return ESP_OK;
}

esp_err_t agent_append_named(agent_io_t *io, const void *entry, size_t len, const char *name)
{
    const esp_err_t err = agent_append(io, entry, len);
    return err ? err : agent_append(io, name, strlen(name));
}

esp_err_t agent_add(agent_io_t *io, const agent_addition_t *addition)
{
    uint8_t *const at = extend(io, addition->len);
    if (!at) {
        return ESP_ERR_INVALID_SIZE;
    }
    if (addition->fill) {
        addition->fill(at);
    }
    return ESP_OK;
}
