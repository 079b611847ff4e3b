#include "node.h"

#include "adaptive_controller.h"
#include "node_config.h"
#include "node_settings.h"
#include "packet_sink.h"
#include "sensing.h"
#include "temporal_task.h"

#define MAX_IDLE_US 1000000u // the watchdog has to be fed

const node_port_t *node_port;

static node_console_poll_t console_poll;

void node_init(const node_port_t *port)
{
    node_port = port;
    node_clock_set_mode(NODE_CLOCK_REAL);
}

void node_attach_console(node_console_poll_t poll)
{
    console_poll = poll;
}

void node_run_due(void)
{
    sensing_run();
    controller_run();
    temporal_task_run_due();
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_deadline(void)
{
    return temporal_task_next(earlier(sensing_next(), controller_next()));
}

void node_step(void)
{
    node_port->watchdog(NODE_WATCHDOG_MS);
    const bool busy = console_poll && console_poll();
    node_run_due();
    if (busy) {
        return;
    }
    uint64_t wait = MAX_IDLE_US;
    if (node_clock_mode() == NODE_CLOCK_REAL) {
        const uint64_t now = node_clock_now_us();
        const uint64_t next = next_deadline();
        const uint64_t until = next > now ? next - now : 0;
        wait = until < wait ? until : wait;
    }
    node_port->idle(wait);
}

// Runs what falls due before `end`, and what falls due at it where that is asked for.
static esp_err_t advance(uint64_t us, bool and_at_the_end)
{
    if (node_clock_mode() != NODE_CLOCK_STEPPED) {
        return ESP_ERR_INVALID_STATE;
    }
    if (us > NODE_MAX_ADVANCE_US) {
        return ESP_ERR_INVALID_ARG;
    }
    const uint64_t end = node_clock_now_us() + us;
    for (uint64_t next = next_deadline(); next < end || (next == end && and_at_the_end);
         next = next_deadline()) {
        node_port->watchdog(NODE_WATCHDOG_MS);
        node_clock_move_to(next);
        node_run_due();
    }
    node_clock_move_to(end);
    return ESP_OK;
}

esp_err_t node_advance(uint64_t us)
{
    return advance(us, true);
}

esp_err_t node_approach(uint64_t us)
{
    return advance(us, false);
}

void node_restore(node_clock_mode_t mode)
{
    weights_upload_close();
    packet_sink_mirror(NULL);
    packet_sink_reset_counters();
    temporal_task_reset_counters();
    node_clock_set_mode(mode);
    node_settings_load();
    if (CONFIG_TEMPORAL_CALL_SITES) {
        node_rewind_head();
    }
    sensing_start();
    controller_start();
}
