#include "machine_log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "machine_clock.h"
#include "machine_port.h"

#define MAX_LINE 256

static uint32_t lines;

void machine_log(char level, const char *tag, const char *format, ...)
{
    char line[MAX_LINE];
    const uint64_t ms = machine_clock_now_us() / 1000u;
    int used = snprintf(line, sizeof line, "%c (%" PRIu64 ") %s: ", level, ms, tag);
    if (used < 0 || used >= MAX_LINE) {
        used = 0;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line + used, (size_t)(MAX_LINE - used - 1), format, args);
    va_end(args);

    size_t len = strlen(line);
    line[len++] = '\n';
    machine_log_text(line, len);
}

void machine_log_text(const char *text, size_t len)
{
    uint32_t newlines = 0;
    for (size_t i = 0; i < len; i++) {
        newlines += text[i] == '\n';
    }
    machine_lock();
    lines += newlines;
    machine_port->uart_write(text, len);
    machine_unlock();
}

uint32_t machine_log_lines(void)
{
    return lines;
}
