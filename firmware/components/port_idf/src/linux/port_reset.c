#include "port_parts.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "port_process.h"

#define SIGNAL_STACK 65536u

static uint8_t signal_stack[SIGNAL_STACK];

// The successor must not inherit timers, pending signals and the signal mask, which survive exec.
_Noreturn void port_reset_become(machine_reset_reason_t reason)
{
    const struct itimerval off = {0};
    sigset_t none;
    (void)signal(SIGALRM, SIG_IGN);
    (void)setitimer(ITIMER_REAL, &off, NULL);
    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
    port_options_restart(reason);
}

void port_reset_say(const char *text)
{
    const ssize_t written = write(STDOUT_FILENO, text, strlen(text));
    (void)written; // if it failed, nothing can be done
}

static void on_fatal_signal(int number)
{
    port_reset_say("\npanic: ");
    port_reset_say(number == SIGABRT  ? "abort"
                   : number == SIGILL ? "illegal instruction"
                   : number == SIGFPE ? "arithmetic fault"
                                      : "bad memory access");
    port_reset_say(", restarting\n");
    port_reset_become(MACHINE_RESET_PANIC);
}

void port_reset_open(void)
{
    static const int fatal[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
    const stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
    struct sigaction action = {.sa_handler = on_fatal_signal, .sa_flags = SA_ONSTACK};
    port_options_open();
    (void)sigfillset(&action.sa_mask);
    (void)sigaltstack(&stack,
                      NULL); // for the main task; other threads handle it on their own stack
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
        (void)sigaction(fatal[i], &action, NULL);
    }
}

machine_reset_reason_t port_reset_reason(void)
{
    return port_options_reset_reason();
}

void port_reset_restart(void)
{
    port_reset_become(MACHINE_RESET_SOFTWARE);
}

void port_reset_panic(machine_panic_t kind)
{
    // volatile, so that the compiler does not know where it points
    const volatile uint32_t *const volatile nowhere = (const volatile uint32_t *)(uintptr_t)16;
    if (kind == MACHINE_PANIC_BAD_LOAD) {
        (void)*nowhere;
    } else if (kind == MACHINE_PANIC_ILLEGAL) {
        __builtin_trap();
    }
    abort();
}

void port_reset_hang(bool interrupts_off)
{
    if (interrupts_off) {
        sigset_t all;
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_BLOCK, &all, NULL);
    }
    for (;;) {
        __asm__ volatile("");
    }
}
