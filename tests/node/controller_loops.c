// The adaptive controller over a clock, a source and a head that a test drives.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "adaptive_controller.h"
#include "machine_clock.h"
#include "machine_log.h"
#include "machine_port.h"
#include "node_settings.h"
#include "packet_encode.h"
#include "packet_sink.h"
#include "sensing.h"
#include "stream_sender.h"
#include "temporal_task.h"

#define MAX_KEPT 64u

// What the test sets.
uint64_t loops_now_us;
uint32_t loops_phase;
uint32_t loops_source;
uint32_t loops_feed;
bool loops_sensed; // whether sensing has an observation
observation_t loops_observation;

// What the test reads: a packet each [MAX_KEPT].
uint32_t loops_packets;
observation_t loops_sent[MAX_KEPT];
uint32_t loops_state[MAX_KEPT];
uint32_t loops_profile[MAX_KEPT];
uint64_t loops_sent_us[MAX_KEPT];
uint16_t loops_seq[MAX_KEPT];
uint32_t loops_frames; // that the head was fed with
float loops_frame[CONTROLLER_FEATURES];
uint32_t loops_frame_len;
uint32_t loops_healths;
uint32_t loops_head_healths;
char loops_log[4096];

static packet_feature_state_t *encoded;

uint64_t machine_clock_now_us(void)
{
    return loops_now_us;
}

const node_settings_t *node_settings(void)
{
    static node_settings_t settings = {
        .thresholds = {.min_pkt_yield = 5,
                       .coherence = 0.2f,
                       .anomaly = 0.6f,
                       .motion = 0.2f,
                       .presence = 0.5f,
                       .still = 0.05f},
    };
    settings.temporal_feed = (uint8_t)loops_feed;
    return &settings;
}

controller_state_t sensing_phase(void)
{
    return (controller_state_t)loops_phase;
}

bool sensing_observe(observation_t *out)
{
    if (loops_sensed) {
        *out = loops_observation;
    }
    return loops_sensed;
}

sensing_source_t sensing_source(void)
{
    return (sensing_source_t)loops_source;
}

void stream_sender_health(void)
{
    loops_healths++;
}

void temporal_task_log_health(void)
{
    loops_head_healths++;
}

esp_err_t temporal_task_push_frame(const float *frame, size_t frame_len)
{
    loops_frames++;
    memcpy(loops_frame, frame, sizeof loops_frame);
    loops_frame_len = (uint32_t)frame_len;
    return ESP_OK;
}

void packet_encode_feature_state(const observation_t *observation, decision_t decision,
                                 uint64_t ts_us, uint16_t seq, packet_feature_state_t *out)
{
    const uint32_t at = loops_packets % MAX_KEPT;
    loops_sent[at] = *observation;
    loops_state[at] = decision.state;
    loops_profile[at] = decision.profile;
    loops_sent_us[at] = ts_us;
    loops_seq[at] = seq;
    encoded = out;
}

void packet_sink_send(const void *packet, size_t len)
{
    loops_packets += packet == encoded && len == sizeof *encoded;
}

void machine_log(char level, const char *tag, const char *format, ...)
{
    (void)tag;
    const size_t used = strlen(loops_log);
    va_list args;
    va_start(args, format);
    loops_log[used] = level;
    const int n = vsnprintf(loops_log + used + 1, sizeof loops_log - used - 3, format, args);
    va_end(args);
    strcpy(loops_log + used + 1 + n, "\n");
}

static machine_heap_t heap(void)
{
    return (machine_heap_t){.total = 3000, .free = 2000, .min_free = 1000};
}

static uint32_t stack_free(void)
{
    return 512;
}

static const machine_port_t port = {.heap = heap, .stack_free = stack_free};

const machine_port_t *machine_port = &port;
