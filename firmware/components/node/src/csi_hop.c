#include "csi_hop.h"

#include <string.h>

#include "machine_clock.h"
#include "machine_port.h"
#include "node_due.h"
#include "node_port.h"

#define LAST_CHANNEL 177u

static struct {
    uint8_t channels[CSI_MAX_HOPS]; // [n]
    uint32_t n;
    uint32_t at; // index of the channel in use
    uint32_t hops;
    uint64_t dwell_us;
    uint64_t next_us;
    uint8_t channel;
} hop;

static void tune(uint8_t channel)
{
    hop.channel = channel;
    if (node_port->radio) {
        (void)node_port->radio->set_channel(channel); // each frame says on which channel it came
    }
}

esp_err_t csi_hop_start(const uint8_t *channels, uint32_t n, uint32_t dwell_ms)
{
    if (n > CSI_MAX_HOPS || (n > 1u && dwell_ms == 0)) {
        return ESP_ERR_INVALID_ARG;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (channels[i] == 0 || channels[i] > LAST_CHANNEL) {
            return ESP_ERR_INVALID_ARG;
        }
    }
    csi_hop_stop();
    hop.n = n;
    if (n > 0) {
        memcpy(hop.channels, channels, n);
        hop.dwell_us = (uint64_t)dwell_ms * 1000u;
        hop.next_us = machine_clock_now_us() + hop.dwell_us;
        tune(channels[0]);
    }
    return ESP_OK;
}

void csi_hop_stop(void)
{
    hop.n = 0;
    hop.at = 0;
    hop.hops = 0;
}

void csi_hop_run(void)
{
    const uint64_t now = machine_clock_now_us();
    if (hop.n < 2u || !take_due(&hop.next_us, hop.dwell_us, now)) {
        return;
    }
    hop.at = (hop.at + 1u) % hop.n;
    hop.hops++;
    tune(hop.channels[hop.at]);
}

uint64_t csi_hop_next(void)
{
    return hop.n < 2u ? MACHINE_NEVER : hop.next_us;
}

uint8_t csi_hop_channel(void)
{
    return hop.channel;
}

uint32_t csi_hop_count(void)
{
    return hop.hops;
}
