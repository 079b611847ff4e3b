// ESP-IDF's log lines, through the node's console and counter.
#include <stdio.h>

#include "esp_log.h"

#include "machine_log.h"
#include "port_idf.h"

#define MAX_LINE 256

static int write_line(const char *format, va_list args)
{
    char line[MAX_LINE];
    int len = vsnprintf(line, sizeof line, format, args);
    if (len < 0) {
        return len;
    }
    if (len >= MAX_LINE) { // cut, but still a line
        len = MAX_LINE - 1;
        line[len - 1] = '\n';
    }
    machine_log_text(line, (size_t)len);
    return len;
}

void port_idf_capture_log(void)
{
    (void)esp_log_set_vprintf(write_line);
}
