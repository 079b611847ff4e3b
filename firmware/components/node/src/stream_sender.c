#include "stream_sender.h"

#include <string.h>

#include "csi_collector.h"
#include "csi_rate.h"
#include "machine_clock.h"
#include "machine_port.h"
#include "mmwave.h"
#include "node_due.h"
#include "node_settings.h"
#include "packet_encode.h"
#include "packet_sink.h"

#define RAW_EVERY     1u
#define KEY_EVERY     16u // compressed frames: a receiver that missed one waits for so many at most
#define VITALS_MS     1000u
#define VECTOR_MS     1000u
#define MESH_OBSERVER 2u
#define BANDWIDTH_MHZ 20u

static struct {
    stream_rates_t rates;
    stream_counts_t counts;
    uint32_t frames;
    uint64_t next_vitals_us;
    uint64_t next_vector_us;
    struct {
        uint32_t vitals;
        uint32_t fused;
        uint32_t vector;
    } falls_reported; // falls seen when the last packet of the kind was sent
    uint16_t quality_flags;
    int8_t noise_floor;
    uint8_t channel;
    uint8_t previous[2u * CSI_MAX_PAIRS]; // [previous_len] of the last compressed frame
    size_t previous_len;
    uint32_t since_key; // compressed frames since the last key frame
} sender;

void stream_sender_start(void)
{
    memset(&sender, 0, sizeof sender);
    sender.rates = (stream_rates_t){RAW_EVERY, 0, VITALS_MS, VECTOR_MS};
    stream_sender_end();
}

static uint64_t in_us(uint16_t ms)
{
    return (uint64_t)ms * 1000u;
}

static uint64_t after(uint64_t now, uint16_t period_ms)
{
    return period_ms > 0 ? now + in_us(period_ms) : MACHINE_NEVER;
}

static void count_periods_from_now(void)
{
    const uint64_t now = machine_clock_now_us();
    sender.next_vitals_us = after(now, sender.rates.vitals_ms);
    sender.next_vector_us = after(now, sender.rates.vector_ms);
    sender.frames = 0;
}

void stream_sender_begin(void)
{
    count_periods_from_now();
    memset(&sender.falls_reported, 0, sizeof sender.falls_reported);
}

void stream_sender_end(void)
{
    sender.next_vitals_us = MACHINE_NEVER;
    sender.next_vector_us = MACHINE_NEVER;
}

void stream_sender_set_rates(const stream_rates_t *rates)
{
    sender.rates = *rates;
    count_periods_from_now();
}

const stream_counts_t *stream_sender_counts(void)
{
    return &sender.counts;
}

static bool is_turn(uint32_t every)
{
    return every > 0 && sender.frames % every == 0;
}

static void send_raw(const csi_frame_t *frame)
{
    static uint8_t packet[sizeof(packet_raw_csi_frame_t) + 2u * CSI_MAX_PAIRS];
    packet_sink_send(packet, packet_encode_raw_csi(frame, ++sender.counts.raw, packet));
}

// The first frame is a key frame, each one whose size changes, and one in KEY_EVERY.
static void send_compressed(const csi_frame_t *frame)
{
    static uint8_t packet[PACKET_COMPRESSED_CSI_MAX(2u * CSI_MAX_PAIRS)];
    const size_t bytes = 2u * (size_t)frame->n_antennas * frame->n_subcarriers;
    const bool is_key = sender.previous_len != bytes || ++sender.since_key >= KEY_EVERY;
    const size_t len = packet_encode_compressed_csi(frame, is_key ? NULL : sender.previous,
                                                    sender.counts.compressed + 1u, packet);
    if (len > 0) {
        sender.counts.compressed++;
        sender.since_key = is_key ? 0 : sender.since_key;
        packet_sink_send(packet, len);
        memcpy(sender.previous, frame->iq, bytes);
        sender.previous_len = bytes;
    }
}

void stream_sender_frame(const csi_frame_t *frame)
{
    if (is_turn(sender.rates.raw_every)) {
        send_raw(frame);
    }
    if (is_turn(sender.rates.compressed_every)) {
        send_compressed(frame);
    }
    sender.noise_floor = frame->noise_floor;
    sender.channel = frame->channel;
    sender.frames++;
}

// A fall is reported once in each kind of packet: in the next one that is sent.
static bool take_new_fall(const edge_features_t *seen, uint32_t *reported)
{
    const bool is_new = seen->falls != *reported;
    *reported = seen->falls;
    return is_new;
}

static void send_vitals(const edge_features_t *seen, bool is_silent, uint64_t now)
{
    csi_counters_t counters;
    csi_collector_counters(&counters);
    vitals_context_t context = {
        .now_us = now,
        .rssi = counters.rssi,
        .motion_threshold = node_settings()->thresholds.motion,
        .fell = take_new_fall(seen, &sender.falls_reported.vitals),
        .unknown = is_silent,
    };
    packet_edge_vitals_t packet;
    packet_encode_edge_vitals(seen, &context, &packet);
    sender.counts.vitals++;
    packet_sink_send(&packet, sizeof packet);
    context.fell = take_new_fall(seen, &sender.falls_reported.fused);
    if (mmwave_is_configured()) {
        const mmwave_fusion_t fusion = mmwave_fuse(seen, now);
        packet_fused_vitals_t fused;
        packet_encode_fused_vitals(seen, &fusion, &context, &fused);
        sender.counts.fused++;
        packet_sink_send(&fused, sizeof fused);
    }
}

static void send_vector(const edge_features_t *seen, uint64_t now)
{
    packet_feature_vector_t packet;
    const bool fell = take_new_fall(seen, &sender.falls_reported.vector);
    packet_encode_feature_vector(seen, fell, now, (uint16_t)++sender.counts.vector, &packet);
    packet_sink_send(&packet, sizeof packet);
}

void stream_sender_run(const edge_features_t *seen, bool is_silent)
{
    const uint64_t now = machine_clock_now_us();
    sender.quality_flags = seen->quality_flags;
    if (take_due(&sender.next_vitals_us, in_us(sender.rates.vitals_ms), now)) {
        send_vitals(seen, is_silent, now);
    }
    if (take_due(&sender.next_vector_us, in_us(sender.rates.vector_ms), now)) {
        send_vector(seen, now);
    }
}

uint64_t stream_sender_next(void)
{
    return earlier(sender.next_vitals_us, sender.next_vector_us);
}

void stream_sender_health(void)
{
    const uint64_t now = machine_clock_now_us();
    const packet_mesh_health_t health = {
        .node_id = {node_settings()->node_id},
        .local_time_us = now,
        .role = MESH_OBSERVER,
        .channel = sender.channel,
        .bandwidth_mhz = BANDWIDTH_MHZ,
        .noise_floor = sender.noise_floor,
        .pkt_yield = csi_rate_yield(now),
        .sync_error_us = csi_rate_error_us(),
        .flags = sender.quality_flags,
    };
    uint8_t packet[PACKET_MESH_HEALTH_BYTES];
    packet_encode_mesh_health(&health, ++sender.counts.health, packet);
    packet_sink_send(packet, sizeof packet);
}
