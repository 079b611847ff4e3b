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

esp_err_t agent_add(agent_reply_t *to, const agent_addition_t *addition)
{
    const size_t room = sizeof to->payload - to->len;
    if (addition->len > room) {
        return agent_fail(to, ESP_ERR_INVALID_SIZE, "%u bytes of the firmware, room for %u",
                          (unsigned)addition->len, (unsigned)room);
    }
    if (addition->len > 0) {
        uint8_t *const at = to->payload + to->len;
        memset(at, 0, addition->len);
        addition->fill(at);
        to->len += addition->len;
    }
    return ESP_OK;
}
