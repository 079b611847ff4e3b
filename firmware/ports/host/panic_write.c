// Writes the last words of this boot. It gives up when nobody reads them.
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "host_port.h"

static int fd = STDOUT_FILENO;

void panic_write_to(int out)
{
    fd = out;
}

void panic_write(const char *text)
{
    size_t len = strlen(text);
    while (len > 0) {
        struct pollfd ready = {.fd = fd, .events = POLLOUT};
        if (poll(&ready, 1, 1000) <= 0) {
            return;
        }
        const ssize_t n = write(fd, text, len);
        if (n <= 0) {
            return;
        }
        text += n;
        len -= (size_t)n;
    }
}
