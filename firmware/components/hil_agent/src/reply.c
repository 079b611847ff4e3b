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
