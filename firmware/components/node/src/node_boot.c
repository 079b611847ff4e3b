// Boot: nothing here can stop the node.
#include <inttypes.h>

#include "adaptive_controller.h"
#include "node.h"
#include "node_config.h"
#include "node_log.h"
#include "node_settings.h"
#include "sensing.h"

static const char *const TAG = "boot";

const char *node_reset_reason_name(node_reset_reason_t reason)
{
    switch (reason) {
    case NODE_RESET_POWER_ON:
        return "power on";
    case NODE_RESET_SOFTWARE:
        return "software";
    case NODE_RESET_PANIC:
        return "panic";
    case NODE_RESET_INTERRUPT_WATCHDOG:
        return "interrupt watchdog";
    case NODE_RESET_TASK_WATCHDOG:
        return "task watchdog";
    case NODE_RESET_WATCHDOG:
        return "watchdog";
    case NODE_RESET_BROWNOUT:
        return "brownout";
    case NODE_RESET_UNKNOWN:
        break;
    }
    return "unknown";
}

void node_boot(void)
{
    NODE_LOGI(TAG, "node %s on %s, nonce %08" PRIx32, node_port->version, node_port->target,
              node_port->boot_nonce);
    NODE_LOGI(TAG, "reset reason: %s (%d)", node_reset_reason_name(node_port->reset_reason),
              (int)node_port->reset_reason);
    if (node_port->settings_lost) {
        NODE_LOGW(TAG, "settings: %s",
                  node_port->settings_lost == NODE_SETTINGS_ERASED
                      ? "the store was unreadable and erased, what was set has its default"
                      : "no store can be opened, all have their defaults");
    }
    node_settings_load();
    controller_self_test();
    if (CONFIG_TEMPORAL_CALL_SITES) {
        node_boot_head();
    }
    sensing_start();
    controller_start();
}
