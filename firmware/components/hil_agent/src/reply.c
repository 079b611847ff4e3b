#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"

esp_err_t agent_fail(agent_reply_t *to, esp_err_t err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int len = vsnprintf((char *)to->payload, sizeof to->payload, format, args);
    va_end(args);
    to->len = len < 0 ? 0 : (size_t)len < sizeof to->payload ? (size_t)len : sizeof to->payload - 1;
    return err;
}

void agent_answer(agent_reply_t *to, const void *data, size_t len)
{
    memcpy(to->payload, data, len);
    to->len = len;
}

// Where len more bytes go, zeros; NULL where they do not fit: then the reply says so.
static uint8_t *extend(agent_reply_t *to, size_t len)
{
    const size_t room = sizeof to->payload - to->len;
    if (len > room) {
        (void)agent_fail(to, ESP_ERR_INVALID_SIZE, "%u more bytes, room for %u", (unsigned)len,
                         (unsigned)room);
        return NULL;
    }
    uint8_t *const at = to->payload + to->len;
    memset(at, 0, len);
    to->len += len;
    return at;
}

esp_err_t agent_append(agent_reply_t *to, const void *data, size_t len)
{
    uint8_t *const at = extend(to, len);
    if (!at) {
        return ESP_ERR_INVALID_SIZE;
    }
    memcpy(at, data, len);
    return ESP_OK;
}

esp_err_t agent_add(agent_reply_t *to, const agent_addition_t *addition)
{
    if (addition->len == 0) {
        return ESP_OK;
    }
    uint8_t *const at = extend(to, addition->len);
    if (!at) {
        return ESP_ERR_INVALID_SIZE;
    }
    addition->fill(at);
    return ESP_OK;
}
