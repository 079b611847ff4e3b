#include "stream_sender.h"

#include <string.h>

#include "csi_collector.h"
#include "node_port.h"
#include "packet_encode.h"
#include "packet_sink.h"

#define RAW_EVERY 1u

static struct {
    stream_rates_t rates;
    uint32_t frames;
    uint32_t raw_seq;
} sender;

void stream_sender_start(void)
{
    memset(&sender, 0, sizeof sender);
    sender.rates = (stream_rates_t){.raw_every = RAW_EVERY};
}

void stream_sender_set_rates(const stream_rates_t *rates)
{
    sender.rates = *rates;
    sender.frames = 0;
}

stream_rates_t stream_sender_rates(void)
{
    return sender.rates;
}

uint32_t stream_sender_raw_seq(void)
{
    return sender.raw_seq;
}

static bool is_turn(uint32_t every)
{
    return every > 0 && sender.frames % every == 0;
}

static void send_raw(const csi_frame_t *frame)
{
    static uint8_t packet[sizeof(packet_raw_csi_frame_t) + 2u * CSI_MAX_PAIRS];
    const size_t len = packet_encode_raw_csi(frame, ++sender.raw_seq, packet);
    packet_sink_send(packet, len);
}

void stream_sender_frame(const csi_frame_t *frame)
{
    if (is_turn(sender.rates.raw_every)) {
        send_raw(frame);
    }
    sender.frames++;
}
