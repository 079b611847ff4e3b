// The watchdog, in a thread of its own on real time: it fires whatever the node's thread does.
#include <stdatomic.h>
#include <time.h>

#include "host_port.h"

#define CHECK_NS 50000000L

static _Atomic uint64_t deadline_ms; // 0: not fed yet, so not running

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

void watchdog_feed(uint32_t timeout_ms)
{
    atomic_store(&deadline_ms, now_ms() + timeout_ms);
}

void watchdog_run(void)
{
    for (;;) {
        (void)nanosleep(&(struct timespec){0, CHECK_NS}, NULL);
        const uint64_t deadline = atomic_load(&deadline_ms);
        if (deadline != 0 && now_ms() > deadline) {
            reset_now(MACHINE_RESET_WATCHDOG);
        }
    }
}
