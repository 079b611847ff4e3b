#include "port_watchdog.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "machine_port.h"
#include "port_parts.h"

// The other task, and its deadline in milliseconds, which may wrap.
static _Atomic(TaskHandle_t) other;
static atomic_uint other_deadline_ms;
static atomic_bool other_owes;

static uint32_t now_ms(void)
{
    return (uint32_t)(port_clock_us() / 1000u);
}

static bool other_is_caller(void)
{
    const TaskHandle_t joined = atomic_load(&other);
    return joined && xTaskGetCurrentTaskHandle() == joined;
}

static bool other_is_late(void)
{
    return atomic_load(&other_owes) &&
           (int32_t)(now_ms() - (uint32_t)atomic_load(&other_deadline_ms)) > 0;
}

void port_watchdog_open(void)
{
    port_watchdog_timer_open(MACHINE_WATCHDOG_MS);
}

void port_watchdog_feed(uint32_t timeout_ms)
{
    if (other_is_caller()) {
        atomic_store(&other_deadline_ms, now_ms() + timeout_ms);
        atomic_store(&other_owes, true);
    } else if (!other_is_late()) { // a late one is not covered for: the timer then resets
        port_watchdog_timer_feed(timeout_ms);
    }
}

void port_watchdog_join(void)
{
    atomic_store(&other, xTaskGetCurrentTaskHandle());
}

void port_watchdog_rest(void)
{
    atomic_store(&other_owes, false);
}
