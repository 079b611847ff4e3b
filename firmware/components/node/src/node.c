#include "node.h"

#include <inttypes.h>

#include "adaptive_controller.h"
#include "machine_log.h"
#include "machine_port.h"
#include "main_loop.h"
#include "node_config.h"
#include "node_due.h"
#include "node_settings.h"
#include "packet_sink.h"
#include "sensing.h"
#include "temporal_task.h"

static const char *const TAG = "boot";

static void run_due(void)
{
    sensing_run();
    controller_run();
    temporal_task_run_due();
}

static uint64_t next_due(void)
{
    return temporal_task_next(earlier(sensing_next(), controller_next()));
}

void node_init(const node_port_t *port)
{
    static const main_loop_work_t work = {run_due, next_due};
    node_port = port;
    main_loop_set_work(&work);
}

static const char *what_is_lost(node_settings_lost_t lost)
{
    switch (lost) {
    case NODE_SETTINGS_ERASED:
        return "the store was unreadable and erased, what was set has its default";
    case NODE_SETTINGS_DAMAGED:
        return "some are damaged, which have the value before or their default";
    case NODE_SETTINGS_NO_STORE:
    case NODE_SETTINGS_KEPT:
        break;
    }
    return "no store can be opened, all have their defaults";
}

// Nothing here can stop the node.
void node_boot(void)
{
    MACHINE_LOGI(TAG, "node %s on %s, nonce %08" PRIx32, machine_port->version,
                 machine_port->target, machine_port->boot_nonce);
    MACHINE_LOGI(TAG, "reset reason: %s (%d)",
                 machine_reset_reason_name(machine_port->reset_reason),
                 (int)machine_port->reset_reason);
    if (node_port->settings_lost) {
        MACHINE_LOGW(TAG, "settings: %s", what_is_lost(node_port->settings_lost));
    }
    node_settings_load();
    controller_self_test();
    if (CONFIG_TEMPORAL_CALL_SITES) {
        node_boot_head();
    }
    sensing_start();
    controller_start();
}

void node_restore(void)
{
    weights_upload_close();
    packet_sink_mirror(NULL);
    packet_sink_reset_counters();
    temporal_task_reset_counters();
    node_settings_load();
    if (CONFIG_TEMPORAL_CALL_SITES) {
        node_reset_head_stream();
    }
    sensing_start();
    controller_start();
}
