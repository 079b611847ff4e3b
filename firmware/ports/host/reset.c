// A reset: the process starts its program again, with the same flash and console.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "host_port.h"

#define MAX_ARGUMENTS 9
#define RESET_FAILED  70 // exit status

static char reason_text[12];
static char fd_text[12];
static char *arguments[MAX_ARGUMENTS + 1];

// Writes gcov's counters, which exec would lose. The symbol exists only in a build with gcov.
extern void __gcov_dump(void) __attribute__((weak));

void reset_prepare(const reset_arguments_t *with)
{
    size_t n = 0;
    arguments[n++] = "node";
    arguments[n++] = "--reset-reason";
    arguments[n++] = reason_text;
    if (with->flash_path) {
        arguments[n++] = "--flash";
        arguments[n++] = (char *)(uintptr_t)with->flash_path;
    } else {
        (void)snprintf(fd_text, sizeof fd_text, "%d", with->flash_fd);
        arguments[n++] = "--flash-fd";
        arguments[n++] = fd_text;
    }
    if (with->console_path) {
        arguments[n++] = "--console";
        arguments[n++] = (char *)(uintptr_t)with->console_path;
    }
    arguments[n] = NULL;
}

void reset_now(machine_reset_reason_t reason)
{
    reason_text[0] = (char)('0' + (int)reason); // one digit
    reason_text[1] = '\0';
    if (__gcov_dump) {
        __gcov_dump();
    }
    (void)execv("/proc/self/exe", arguments);
    panic_write("reset failed: the program cannot be started again\n");
    _exit(RESET_FAILED);
}
