#include "sensing.h"

#include "csi_collector.h"
#include "csi_hop.h"
#include "csi_rate.h"
#include "machine_clock.h"
#include "machine_log.h"
#include "machine_port.h"
#include "mmwave.h"
#include "node_config.h"
#include "node_due.h"
#include "node_port.h"
#include "node_settings.h"
#include "stream_sender.h"
#include "temporal_task.h"

#define RADIO_POLL_US 10000u   // a frame does not wake the main loop
#define TIME_SYNC_US  2000000u // over which the frame rate is measured

static const char *const TAG = "sensing";

static edge_t edge;

static struct {
    bool radio_is_on;
    bool is_scripted;
    bool is_silent; // no frame for EDGE_SILENCE_US
    uint64_t begun_us;
    uint64_t first_us; // timestamp of the first frame
    uint64_t heard_us; // when the last one was taken, or the source began
    uint32_t frames;
} sensing;

sensing_source_t sensing_source(void)
{
    if (sensing.radio_is_on) {
        return SENSING_RADIO;
    }
    if (mock_csi_is_active()) {
        return SENSING_MOCK;
    }
    return sensing.is_scripted ? SENSING_SCRIPT : SENSING_NONE;
}

// Feeds the head; the task counts what it does not take.
static void push_spectrum(const float *values /*[EDGE_SPECTRUM_LEN]*/)
{
    (void)temporal_task_push_frame(values, EDGE_SPECTRUM_LEN);
}

static bool feeds_spectra(void)
{
    return node_settings()->temporal_feed == TEMPORAL_FEED_SPECTRUM;
}

static void start_edge(void)
{
    edge_config_t config = edge_default_config();
    config.tier = node_settings()->edge_tier;
    if (feeds_spectra()) {
        config.spectrum_every = node_settings()->spectrum_hop;
        config.on_spectrum = push_spectrum;
    }
    const esp_err_t err = edge_init(&edge, &config);
    if (err) {
        MACHINE_LOGE(TAG, "no features: %s", esp_err_to_name(err));
    }
}

// Nothing is known of the source yet.
static void begin(void)
{
    while (csi_collector_peek()) {
        csi_collector_release(); // a frame of the last source
    }
    sensing.begun_us = sensing.heard_us = machine_clock_now_us();
    sensing.is_silent = false;
    sensing.frames = 0;
    csi_rate_start();
    stream_sender_begin();
    start_edge();
}

static void filter_as_set(void)
{
    const node_settings_t *settings = node_settings();
    csi_collector_filter(settings->has_sender ? settings->sender : NULL);
}

static void start_radio(void)
{
    const node_settings_t *settings = node_settings();
    begin();
    const esp_err_t err = node_port->radio->start(csi_collector_receive);
    sensing.radio_is_on = err == ESP_OK;
    if (err) {
        MACHINE_LOGE(TAG, "no channel state from the radio: %s", esp_err_to_name(err));
        return;
    }
    (void)csi_hop_start(settings->channels, settings->n_channels, settings->hop_dwell_ms);
}

static void stop_sources(void)
{
    if (sensing.radio_is_on) {
        node_port->radio->stop();
        sensing.radio_is_on = false;
    }
    sensing.is_scripted = false;
    mock_csi_stop();
}

void sensing_start(void)
{
    stop_sources();
    csi_collector_reset();
    filter_as_set();
    csi_hop_stop();
    mmwave_start();
    stream_sender_start();
    if (node_port->radio && machine_clock_mode() == MACHINE_CLOCK_REAL) { // a radio keeps real time
        start_radio();
    } else if (!node_port->radio && CONFIG_MOCK_CSI_AT_BOOT) {
        (void)sensing_play((mock_scenario_t)CONFIG_MOCK_CSI_SCENARIO, CONFIG_MOCK_CSI_SEED);
    }
}

esp_err_t sensing_play(mock_scenario_t scenario, uint32_t seed)
{
    if (sensing.radio_is_on) {
        return ESP_ERR_INVALID_STATE;
    }
    const bool same_room = mock_csi_is_active() && mock_csi_seed() == seed;
    const esp_err_t err = mock_csi_start(scenario, seed);
    if (!err && !same_room) {
        sensing.is_scripted = false;
        begin();
    }
    return err;
}

esp_err_t sensing_begin_injection(void)
{
    if (sensing.radio_is_on) {
        return ESP_ERR_INVALID_STATE;
    }
    mock_csi_stop();
    filter_as_set();
    sensing.is_scripted = true;
    begin();
    return ESP_OK;
}

void sensing_stop_playing(void)
{
    sensing.is_scripted = false;
    mock_csi_stop();
    if (!sensing.radio_is_on) {
        stream_sender_end();
    }
}

void sensing_inject_frame(const csi_frame_t *frame)
{
    if (sensing_source() == SENSING_NONE) {
        sensing.is_scripted = true;
        begin();
    }
    csi_collector_receive(frame);
}

void sensing_recalibrate(void)
{
    edge_recalibrate(&edge);
}

static void take_frame(const csi_frame_t *frame)
{
    if (sensing.frames++ == 0) {
        sensing.first_us = frame->ts_us;
    }
    sensing.heard_us = machine_clock_now_us();
    sensing.is_silent = false;
    csi_rate_frame(frame->ts_us);
    stream_sender_frame(frame);
    (void)edge_push(&edge, frame); // counts what it refuses
}

static void take_frames(void)
{
    const csi_frame_t *frame;
    while ((frame = csi_collector_peek()) != NULL) {
        take_frame(frame);
        csi_collector_release();
    }
}

// After EDGE_SILENCE_US without a frame nothing is known any more.
static void notice_silence(void)
{
    if (!sensing.is_silent && machine_clock_now_us() - sensing.heard_us >= EDGE_SILENCE_US) {
        sensing.is_silent = true;
        edge_silent(&edge);
        if (feeds_spectra()) {
            (void)temporal_task_forget(); // the next frames do not continue the last ones
        }
    }
}

void sensing_run(void)
{
    if (sensing_source() == SENSING_NONE) {
        return;
    }
    csi_hop_run();
    mock_csi_run();
    take_frames();
    notice_silence();
    stream_sender_run(edge_features(&edge), sensing.is_silent);
}

uint64_t sensing_next(void)
{
    if (sensing_source() == SENSING_NONE) {
        return MACHINE_NEVER;
    }
    const uint64_t radio =
        sensing.radio_is_on ? machine_clock_now_us() + RADIO_POLL_US : MACHINE_NEVER;
    const uint64_t silence = sensing.is_silent ? MACHINE_NEVER : sensing.heard_us + EDGE_SILENCE_US;
    return earlier(earlier(radio, earlier(mock_csi_next(), silence)),
                   earlier(csi_hop_next(), stream_sender_next()));
}

controller_state_t sensing_phase(void)
{
    const uint64_t now = machine_clock_now_us();
    if (sensing.frames == 0) {
        return now - sensing.begun_us < EDGE_SILENCE_US ? STATE_RADIO_INIT : STATE_SENSE_IDLE;
    }
    if (now - sensing.first_us < TIME_SYNC_US) {
        return STATE_TIME_SYNC;
    }
    return edge_features(&edge)->quality_flags & EDGE_QUALITY_CALIBRATING ? STATE_CALIBRATION
                                                                          : STATE_SENSE_IDLE;
}

bool sensing_observe(observation_t *out)
{
    if (sensing_source() == SENSING_NONE) {
        return false;
    }
    const edge_features_t *seen = edge_features(&edge);
    *out = (observation_t){
        .motion = seen->motion,
        .presence = seen->presence,
        .respiration_bpm = seen->respiration_bpm,
        .respiration_conf = seen->respiration_conf,
        .heartbeat_bpm = seen->heartbeat_bpm,
        .heartbeat_conf = seen->heartbeat_conf,
        .anomaly = seen->anomaly,
        .env_shift = seen->env_shift,
        .coherence = seen->coherence,
        .pkt_yield = csi_rate_yield(machine_clock_now_us()),
        .quality_flags = seen->quality_flags,
    };
    return true;
}

float sensing_rate_hz(void)
{
    return csi_rate_hz(machine_clock_now_us());
}

const edge_features_t *sensing_features(void)
{
    return edge_features(&edge);
}
