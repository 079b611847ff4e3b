#include "port_watchdog.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "node_port.h"
#include "port_clock.h"
#include "port_worker.h"

// The temporal task's deadline on the clock of milliseconds, which may wrap.
static atomic_uint worker_deadline_ms;
static atomic_bool worker_owes;

static uint32_t now_ms(void)
{
    return (uint32_t)(port_clock_us() / 1000u);
}

static bool worker_is_late(void)
{
    return atomic_load(&worker_owes) &&
           (int32_t)(now_ms() - (uint32_t)atomic_load(&worker_deadline_ms)) > 0;
}

void port_watchdog_open(void)
{
    port_watchdog_timer_open(NODE_WATCHDOG_MS);
}

void port_watchdog_feed(uint32_t timeout_ms)
{
    if (port_worker_is_caller()) {
        atomic_store(&worker_deadline_ms, now_ms() + timeout_ms);
        atomic_store(&worker_owes, true);
    } else if (!worker_is_late()) { // else nobody feeds, and the timer does its work
        port_watchdog_timer_feed(timeout_ms);
    }
}

void port_watchdog_rest(void)
{
    atomic_store(&worker_owes, false);
}
