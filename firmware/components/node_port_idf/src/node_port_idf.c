#include "node_port_idf.h"

#include "machine_port.h"
#include "node_port_parts.h"
#include "port_watchdog.h"
#include "sdkconfig.h"

#if CONFIG_NODE_EMBED_WEIGHTS
extern const uint8_t weights_start[] asm("_binary_reference_weights_start");
extern const uint8_t weights_end[] asm("_binary_reference_weights_end");
#endif

static node_port_t port = {
    .setting_get = port_settings_get,
    .setting_set = port_settings_set,
    .setting_get_bytes = port_settings_get_bytes,
    .setting_set_bytes = port_settings_set_bytes,
    .worker = &port_worker,
    .queue = &port_queue,
};

const node_port_t *node_port_idf_open(void)
{
    port.settings_lost = port_settings_open();
    port_watchdog_feed(MACHINE_WATCHDOG_MS); // an unreadable store was erased: that takes seconds
    port_worker_open();
    port_weights_open(&port.flash);
#if CONFIG_NODE_EMBED_WEIGHTS
    port.embedded_blob = weights_start;
    port.embedded_blob_bytes = (size_t)(weights_end - weights_start);
#endif
#if !CONFIG_NODE_NETWORK_NONE
    if (port_network_open() == ESP_OK) {
        port.net_send = port_network_send;
        port.net_target_port = port_network_target_port;
    }
#endif
#if CONFIG_NODE_CSI
    port.radio = port_radio_open();
#endif
    return &port;
}
