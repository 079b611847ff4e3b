// A fatal signal is a panic of the node: it is printed, then the node resets. When a sanitizer
// finds something that is not a panic: the sanitizer prints its report and ends the process.
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "host_port.h"

#define MAX_FRAMES  24
#define STACK_BYTES (64 * 1024)

static uint8_t signal_stack[STACK_BYTES]; // the node's own may be what has overflowed

static const struct {
    int number;
    const char *name;
} fatal[] = {
    {SIGSEGV, "segmentation fault"}, {SIGBUS, "bus error"},
    {SIGILL, "illegal instruction"}, {SIGABRT, "abort"},
    {SIGFPE, "arithmetic error"},
};

// POSIX does not call snprintf async-signal-safe; glibc's is, for integers and without a locale.
static void print_address(const char *before, uintptr_t address)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%s0x%016lx", before, (unsigned long)address);
    panic_write(text);
}

static uintptr_t program_counter(const void *context)
{
#if defined(__x86_64__)
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.pc;
#else
    (void)context;
    return 0;
#endif
}

static const char *signal_name(int number)
{
    size_t i = 0;
    while (fatal[i].number != number) { // no other signal is handled
        i++;
    }
    return fatal[i].name;
}

static void on_fatal(int number, siginfo_t *info, void *context)
{
    void *frames[MAX_FRAMES];
    char text[64];
    (void)snprintf(text, sizeof text, "\nPANIC: %s (signal %d)\n", signal_name(number), number);
    panic_write(text);
    const uintptr_t pc = program_counter(context);
    print_address("pc ", pc);
    print_address(" value ", (uintptr_t)info->si_addr);
    panic_write("\nBacktrace:");
    const int n = backtrace(frames, MAX_FRAMES);
    int first = 0;
    for (int i = 0; i < n; i++) {
        if ((uintptr_t)frames[i] == pc) {
            first = i; // what lies above is this handler
        }
    }
    for (int i = first; i < n; i++) {
        print_address(" ", (uintptr_t)frames[i]);
    }
    panic_write("\nRebooting\n");
    reset_now(MACHINE_RESET_PANIC);
}

static void on_terminate(int number)
{
    (void)number;
    exit(EXIT_SUCCESS); // in the watchdog's thread, which holds no lock
}

void panic_start(void)
{
    void *warm_up[1];
    (void)backtrace(warm_up, 1); // so that its library is not loaded in a signal handler

    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL); // they are blocked after a reset from a handler

    struct sigaction action = {.sa_sigaction = on_fatal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
        (void)sigaction(fatal[i].number, &action, NULL);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGTERM, on_terminate);
}

void panic_start_thread(void)
{
    const stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
    (void)sigaltstack(&stack, NULL);
    sigset_t terminate; // the other thread handles it
    sigemptyset(&terminate);
    sigaddset(&terminate, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &terminate, NULL);
}

void panic_now(machine_panic_t kind)
{
    switch (kind) {
    case MACHINE_PANIC_BAD_LOAD: {
        volatile uintptr_t address = 8;
        (void)*(volatile const uint32_t *)address;
        break;
    }
    case MACHINE_PANIC_ILLEGAL:
        __builtin_trap();
    case MACHINE_PANIC_ABORT:
        break;
    }
    abort();
}

void panic_hang(bool interrupts_off)
{
    if (interrupts_off) {
        sigset_t all;
        sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, NULL);
    }
    for (;;) {
        __asm__ volatile("");
    }
}
