// Packets that carry channel state.
#include <string.h>

#include "node_settings.h"
#include "packet_encode.h"

uint32_t packet_channel_mhz(uint8_t channel)
{
    if (channel >= 1u && channel <= 13u) {
        return 2412u + 5u * (channel - 1u);
    }
    if (channel == 14u) {
        return 2484u;
    }
    return channel >= 36u && channel <= 177u ? 5000u + 5u * channel : 0;
}

size_t packet_encode_raw_csi(const csi_frame_t *frame, uint32_t seq, uint8_t *out)
{
    const packet_raw_csi_frame_t header = {
        .magic = PACKET_MAGIC_RAW_CSI_FRAME,
        .node_id = node_settings()->node_id,
        .n_antennas = frame->n_antennas,
        .n_subcarriers = frame->n_subcarriers,
        .freq_mhz = packet_channel_mhz(frame->channel),
        .seq = seq,
        .rssi = frame->rssi,
        .noise_floor = frame->noise_floor,
        .layout = frame->layout,
    };
    const size_t bytes = 2u * (size_t)frame->n_antennas * frame->n_subcarriers;
    memcpy(out, &header, sizeof header);
    memcpy(out + sizeof header, frame->iq, bytes);
    return sizeof header + bytes;
}

size_t packet_encode_compressed_csi(const csi_frame_t *frame, const uint8_t *prev, uint32_t number,
                                    uint8_t *out)
{
    const size_t bytes = 2u * (size_t)frame->n_antennas * frame->n_subcarriers;
    const uint16_t stamp =
        (uint16_t)((number & PACKET_NUMBER_MASK) | (prev ? 0 : PACKET_KEY_FRAME));
    uint8_t *const data = out + sizeof(packet_compressed_csi_t);
    size_t len = 0;
    const esp_err_t err = csi_compress(prev, (const uint8_t *)frame->iq, bytes, data + sizeof stamp,
                                       CSI_COMPRESSED_MAX(bytes), &len);
    if (err) {
        return 0;
    }
    const packet_compressed_csi_t header = {
        .magic = PACKET_MAGIC_COMPRESSED_CSI,
        .node_id = node_settings()->node_id,
        .channel = frame->channel,
        .original_len = (uint16_t)bytes,
        .compressed_len = (uint16_t)(sizeof stamp + len),
    };
    memcpy(out, &header, sizeof header);
    memcpy(data, &stamp, sizeof stamp);
    return sizeof header + header.compressed_len;
}
