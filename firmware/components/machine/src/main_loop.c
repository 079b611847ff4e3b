#include "main_loop.h"

#include <stddef.h>

#include "machine_clock.h"
#include "machine_port.h"

#define MAX_IDLE_US 1000000u // the watchdog has to be fed

static const main_loop_work_t *work;
static main_loop_poll_t console_poll;

void main_loop_set_work(const main_loop_work_t *of_firmware)
{
    work = of_firmware;
}

void main_loop_attach_console(main_loop_poll_t poll)
{
    console_poll = poll;
}

void main_loop_run_due(void)
{
    if (work) {
        work->run_due();
    }
}

static uint64_t next_due(void)
{
    return work ? work->next_due() : MACHINE_NEVER;
}

void main_loop_step(void)
{
    machine_port->watchdog(MACHINE_WATCHDOG_MS);
    const bool busy = console_poll && console_poll();
    main_loop_run_due();
    if (busy) {
        return;
    }
    uint64_t wait = MAX_IDLE_US;
    if (machine_clock_mode() == MACHINE_CLOCK_REAL) {
        const uint64_t now = machine_clock_now_us();
        const uint64_t next = next_due();
        const uint64_t until = next > now ? next - now : 0;
        wait = until < wait ? until : wait;
    }
    machine_port->idle(wait);
}

// Runs the work that is due before the end, and with `and_at_the_end` also what is due at the end.
static esp_err_t advance(uint64_t us, bool and_at_the_end)
{
    if (machine_clock_mode() != MACHINE_CLOCK_STEPPED) {
        return ESP_ERR_INVALID_STATE;
    }
    if (us > MAIN_LOOP_MAX_ADVANCE_US) {
        return ESP_ERR_INVALID_ARG;
    }
    const uint64_t end = machine_clock_now_us() + us;
    for (uint64_t next = next_due(); next < end || (next == end && and_at_the_end);
         next = next_due()) {
        machine_port->watchdog(MACHINE_WATCHDOG_MS);
        machine_clock_move_to(next);
        main_loop_run_due();
    }
    machine_clock_move_to(end);
    return ESP_OK;
}

esp_err_t main_loop_advance(uint64_t us)
{
    return advance(us, true);
}

esp_err_t main_loop_approach(uint64_t us)
{
    return advance(us, false);
}

void main_loop_run(void)
{
    for (;;) {
        main_loop_step();
    }
}
