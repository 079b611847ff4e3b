#include "sensing.h"

#include <stdbool.h>

#include "csi_collector.h"
#include "csi_hop.h"
#include "mock_csi.h"
#include "node_clock.h"
#include "node_config.h"
#include "node_log.h"
#include "node_port.h"
#include "node_settings.h"
#include "stream_sender.h"

#define RADIO_POLL_US 20000u // nobody wakes the main loop for a frame

static const char *const TAG = "sensing";

static bool radio_is_on;

static void stop_sources(void)
{
    if (radio_is_on) {
        node_port->radio->stop();
        radio_is_on = false;
    }
    mock_csi_stop();
}

static void start_radio(void)
{
    const esp_err_t err = node_port->radio->start(csi_collector_receive);
    radio_is_on = err == ESP_OK;
    if (err) {
        NODE_LOGE(TAG, "no channel state from the radio: %s", esp_err_to_name(err));
        return;
    }
    const node_settings_t *settings = node_settings();
    (void)csi_hop_start(settings->channels, settings->n_channels, settings->hop_dwell_ms);
}

void sensing_start(void)
{
    stop_sources();
    csi_collector_reset();
    csi_hop_stop();
    stream_sender_start();
    if (node_port->radio && node_clock_mode() == NODE_CLOCK_REAL) { // it keeps real time
        start_radio();
    } else if (!node_port->radio && CONFIG_MOCK_CSI_AT_BOOT) {
        (void)mock_csi_start((mock_scenario_t)CONFIG_MOCK_CSI_SCENARIO, CONFIG_MOCK_CSI_SEED);
    }
}

sensing_source_t sensing_source(void)
{
    return radio_is_on ? SENSING_RADIO : mock_csi_is_active() ? SENSING_MOCK : SENSING_NONE;
}

static void take_frames(void)
{
    const csi_frame_t *frame;
    while ((frame = csi_collector_peek()) != NULL) {
        stream_sender_frame(frame);
        csi_collector_release();
    }
}

void sensing_run(void)
{
    csi_hop_run();
    mock_csi_run();
    take_frames();
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t sensing_next(void)
{
    const uint64_t radio = radio_is_on ? node_clock_now_us() + RADIO_POLL_US : NODE_NEVER;
    return earlier(radio, earlier(mock_csi_next(), csi_hop_next()));
}
