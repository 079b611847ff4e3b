#include "packet_sink.h"

#include "node_port.h"

static packet_mirror_t mirror;
static uint32_t sent;
static uint32_t failed;

void packet_sink_mirror(packet_mirror_t to)
{
    mirror = to;
}

void packet_sink_send(const void *packet, size_t len)
{
    bool taken = false;
    node_lock();
    if (node_port->net_send) {
        taken = node_port->net_send(packet, len) == ESP_OK;
        failed += !taken;
    }
    if (mirror) {
        const bool mirrored = mirror(packet, len);
        failed += !mirrored;
        taken = taken || mirrored;
    }
    sent += taken;
    node_unlock();
}

uint32_t packet_sink_sent(void)
{
    return sent;
}

uint32_t packet_sink_failed(void)
{
    return failed;
}

void packet_sink_reset_counters(void)
{
    sent = 0;
    failed = 0;
}
