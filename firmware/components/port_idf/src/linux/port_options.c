// Usage: node.elf [--flash FILE]. ESP-IDF's main() does not pass its arguments on, so they are read
// from /proc. The process gives the other options to its successor at a reset.
#include "port_process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_ARGUMENTS 8
#define FLASH         "--flash"
#define FLASH_FD      "--flash-fd"
#define RESET_REASON  "--reset-reason"

static char command_line[8192];
static const char *flash_file;
static int flash_fd = -1;
static machine_reset_reason_t reason = MACHINE_RESET_POWER_ON;

// Arguments of the successor. They are prepared, because a signal handler must not format text.
static char next_fd[16];
static char next_reason[16];

static _Noreturn void refuse(const char *what)
{
    fprintf(stderr, "node.elf: %s\nusage: node.elf [--flash FILE]\n", what);
    _exit(2);
}

static size_t read_command_line(const char **arguments)
{
    const int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd < 0 ? -1 : read(fd, command_line, sizeof command_line - 1u);
    const size_t len = got > 0 ? (size_t)got : 0u;
    size_t n = 0;
    if (len == 0) {
        refuse("cannot read /proc/self/cmdline");
    }
    close(fd);
    for (const char *at = command_line; at < command_line + len; at += strlen(at) + 1u) {
        if (n == MAX_ARGUMENTS) {
            refuse("too many arguments");
        }
        arguments[n++] = at;
    }
    return n;
}

// Closes what ESP-IDF opened before the reset: everything but the standard streams and the flash.
static void close_inherited(void)
{
    if (flash_fd >= 3) {
        (void)close_range(3, (unsigned)flash_fd - 1u, 0); // an empty range when it is 3
        (void)close_range((unsigned)flash_fd + 1u, ~0u, 0);
    } else {
        (void)close_range(3, ~0u, 0);
    }
}

void port_options_open(void)
{
    const char *arguments[MAX_ARGUMENTS];
    const size_t n = read_command_line(arguments);
    for (size_t i = 1; i < n; i += 2) {
        const char *value = i + 1 < n ? arguments[i + 1] : NULL;
        if (!value) {
            refuse("an option without a value");
        } else if (strcmp(arguments[i], FLASH) == 0) {
            flash_file = value;
        } else if (strcmp(arguments[i], FLASH_FD) == 0) {
            flash_fd = atoi(value);
        } else if (strcmp(arguments[i], RESET_REASON) == 0) {
            reason = (machine_reset_reason_t)atoi(value);
        } else {
            refuse("unknown option");
        }
    }
    close_inherited();
}

const char *port_options_flash_file(void)
{
    return flash_file;
}

int port_options_flash_fd(void)
{
    return flash_fd;
}

machine_reset_reason_t port_options_reset_reason(void)
{
    return reason;
}

void port_options_keep_flash_fd(int fd)
{
    flash_fd = fd;
    (void)snprintf(next_fd, sizeof next_fd, "%d", fd);
}

void port_options_restart(machine_reset_reason_t why)
{
    char *arguments[MAX_ARGUMENTS] = {command_line, (char *)RESET_REASON, next_reason};
    size_t n = 3;
    next_reason[0] = (char)('0' + (unsigned)why % 10u);
    if (flash_file) {
        arguments[n++] = (char *)FLASH;
        arguments[n++] = (char *)flash_file;
    } else if (flash_fd >= 0) {
        arguments[n++] = (char *)FLASH_FD;
        arguments[n++] = next_fd;
    }
    // Not execve(): on this target NVS links gcov, and gcov's execve writes files first.
    (void)syscall(SYS_execve, "/proc/self/exe", arguments, environ);
    _exit(3);
}
