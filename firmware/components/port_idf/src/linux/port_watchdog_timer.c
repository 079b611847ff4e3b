// A thread outside FreeRTOS: it sees nothing of the scheduler, so that nothing there can stop it.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "port_reset.h"
#include "port_reset_linux.h"
#include "port_watchdog.h"

#define POLL_NS 20000000L

static atomic_llong deadline_ns; // on CLOCK_MONOTONIC

static long long now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void *watch(void *unused)
{
    (void)unused;
    const struct timespec pause = {.tv_nsec = POLL_NS};
    while (now_ns() < atomic_load(&deadline_ns)) {
        (void)nanosleep(&pause, NULL);
    }
    port_reset_say("\nwatchdog: not fed in time, restarting\n");
    port_reset_become(NODE_RESET_WATCHDOG);
}

void port_watchdog_timer_feed(uint32_t timeout_ms)
{
    atomic_store(&deadline_ns, now_ns() + (long long)timeout_ms * 1000000LL);
}

void port_watchdog_timer_open(uint32_t timeout_ms)
{
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    port_watchdog_timer_feed(timeout_ms);
    (void)sigfillset(&all); // FreeRTOS's tick is a signal, and not for this thread
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, watch, NULL) != 0) {
        abort();
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}
