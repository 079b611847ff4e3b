// The watchdog runs in a thread of its own, so that the node's thread cannot stop it. It counts the
// time in which this process ran, because a node is not hanging when the machine is busy with other
// work. A node that waits for ever uses no such time: it is found by the real time.
#include <stdatomic.h>
#include <time.h>

#include "host_port.h"

#define CHECK_NS 50000000L
#define PATIENCE 10u // the deadline in real time is so many times later

static _Atomic uint64_t deadline_ms; // in time of this process; 0: not fed yet, so not running
static _Atomic uint64_t wall_deadline_ms;

static uint64_t now_ms(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

void watchdog_feed(uint32_t timeout_ms)
{
    atomic_store(&wall_deadline_ms, now_ms(CLOCK_MONOTONIC) + (uint64_t)timeout_ms * PATIENCE);
    atomic_store(&deadline_ms, now_ms(CLOCK_PROCESS_CPUTIME_ID) + timeout_ms);
}

void watchdog_run(void)
{
    for (;;) {
        (void)nanosleep(&(struct timespec){0, CHECK_NS}, NULL);
        const uint64_t deadline = atomic_load(&deadline_ms);
        if (deadline != 0 && (now_ms(CLOCK_PROCESS_CPUTIME_ID) > deadline ||
                              now_ms(CLOCK_MONOTONIC) > atomic_load(&wall_deadline_ms))) {
            reset_now(MACHINE_RESET_WATCHDOG);
        }
    }
}
