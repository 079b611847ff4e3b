#include "packet_sink.h"

#include "machine_port.h"
#include "node_port.h"

static packet_mirror_t mirror;
static uint32_t sent;
static uint32_t failed;
static uint32_t network;

void packet_sink_mirror(packet_mirror_t to)
{
    machine_lock();
    mirror = to;
    machine_unlock();
}

void packet_sink_send(const void *packet, size_t len)
{
    bool taken = false;
    uint32_t refused = 0;
    // Without the lock: the network's own thread may log meanwhile, and would wait for the lock.
    if (node_port->net_send) {
        taken = node_port->net_send(packet, len) == ESP_OK;
        refused += !taken;
    }
    machine_lock();
    network += taken;
    const packet_mirror_t to = mirror;
    if (to) {
        const bool mirrored = to(packet, len);
        refused += !mirrored;
        taken = taken || mirrored;
    }
    failed += refused;
    sent += taken;
    machine_unlock();
}

uint32_t packet_sink_sent(void)
{
    return sent;
}

uint32_t packet_sink_failed(void)
{
    return failed;
}

uint32_t packet_sink_network(void)
{
    return network;
}

void packet_sink_reset_counters(void)
{
    sent = 0;
    failed = 0;
    network = 0;
}
