// The watchdog, in a thread of its own: it fires whatever the node's thread does. It counts the
// time in which this process ran, for a machine that is busy with others is no hang; a node that
// waits for ever is found by the clock on the wall.
#include <stdatomic.h>
#include <time.h>

#include "host_port.h"

#define CHECK_NS 50000000L
#define PATIENCE 10u // as long on the wall

static _Atomic uint64_t deadline_ms; // of this process' own time; 0: not fed yet, so not running
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
