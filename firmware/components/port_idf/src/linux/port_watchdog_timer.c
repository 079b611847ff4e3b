// The watchdog is a thread outside FreeRTOS, so that nothing in FreeRTOS can stop it. It counts the
// time in which this process ran, because a node is not hanging when the machine is busy with other
// work. A node that waits for ever uses no such time: it is found by the real time.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "port_parts.h"
#include "port_process.h"

#define POLL_NS  20000000L
#define PATIENCE 10 // the deadline in real time is so many times later

static atomic_llong deadline_ns; // in time of this process
static atomic_llong wall_deadline_ns;

static long long now_ns(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (long long)now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void *watch(void *unused)
{
    (void)unused;
    const struct timespec pause = {.tv_nsec = POLL_NS};
    while (now_ns(CLOCK_PROCESS_CPUTIME_ID) < atomic_load(&deadline_ns) &&
           now_ns(CLOCK_MONOTONIC) < atomic_load(&wall_deadline_ns)) {
        (void)nanosleep(&pause, NULL);
    }
    port_reset_say("\nwatchdog: not fed in time, restarting\n");
    port_reset_become(MACHINE_RESET_WATCHDOG);
}

void port_watchdog_timer_feed(uint32_t timeout_ms)
{
    const long long timeout_ns = (long long)timeout_ms * 1000000LL;
    atomic_store(&deadline_ns, now_ns(CLOCK_PROCESS_CPUTIME_ID) + timeout_ns);
    atomic_store(&wall_deadline_ns, now_ns(CLOCK_MONOTONIC) + timeout_ns * PATIENCE);
}

void port_watchdog_timer_open(uint32_t timeout_ms)
{
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    port_watchdog_timer_feed(timeout_ms);
    (void)sigfillset(&all); // FreeRTOS's tick is a signal, which this thread must not take
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, watch, NULL) != 0) {
        abort();
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}
