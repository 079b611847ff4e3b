// Boot: nothing here can stop the node.
#include <inttypes.h>

#include "adaptive_controller.h"
#include "machine_log.h"
#include "machine_port.h"
#include "node.h"
#include "node_config.h"
#include "node_settings.h"
#include "sensing.h"

static const char *const TAG = "boot";

void node_boot(void)
{
    MACHINE_LOGI(TAG, "node %s on %s, nonce %08" PRIx32, machine_port->version,
                 machine_port->target, machine_port->boot_nonce);
    MACHINE_LOGI(TAG, "reset reason: %s (%d)",
                 machine_reset_reason_name(machine_port->reset_reason),
                 (int)machine_port->reset_reason);
    if (node_port->settings_lost) {
        MACHINE_LOGW(TAG, "settings: %s",
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
