// Whatever the node knows, its packets are ones that a decoder takes. `packets - FILE` writes them
// out, each behind its length as u32.
#include "packets.h"

#include <math.h>

#include "crc32_ieee.h"
#include "fuzz.h"
#include "node_settings.h"
#include "packet_encode.h"

FILE *fuzz_packets_out;

static node_settings_t settings;

const node_settings_t *node_settings(void)
{
    return &settings;
}

static void sent(const void *packet, size_t len)
{
    const uint32_t length = (uint32_t)len;
    if (fuzz_packets_out) {
        (void)fwrite(&length, sizeof length, 1, fuzz_packets_out);
        (void)fwrite(packet, 1, len, fuzz_packets_out);
    }
}

static void require_crc(const void *packet, size_t len)
{
    uint32_t crc;
    memcpy(&crc, (const uint8_t *)packet + len - sizeof crc, sizeof crc);
    REQUIRE(crc == crc32_ieee(0, packet, len - sizeof crc));
}

static float take_float(input_t *input)
{
    float value;
    take(input, &value, sizeof value);
    return value;
}

static float take_finite(input_t *input)
{
    const float value = take_float(input);
    return isfinite(value) ? value : 1.0f;
}

static void feature_state(input_t *input)
{
    observation_t seen;
    packet_feature_state_t packet;
    for (size_t i = 0; i < CONTROLLER_FEATURES; i++) {
        seen.features[i] = take_float(input);
    }
    seen.pkt_yield = take_u16(input);
    seen.quality_flags = take_u16(input);
    const decision_t decision = {
        .state = (controller_state_t)(take_u8(input) % (STATE_DEGRADED + 1)),
        .profile = (capture_profile_t)(take_u8(input) % (PROFILE_CALIBRATION + 1)),
    };
    packet_encode_feature_state(&seen, decision, take_u16(input), take_u16(input), &packet);
    require_crc(&packet, sizeof packet);
    REQUIRE(packet.motion_score >= 0.0f && packet.motion_score <= 1.0f);
    REQUIRE(isfinite(packet.respiration_bpm) && isfinite(packet.heartbeat_bpm));
    sent(&packet, sizeof packet);
}

static void classification(input_t *input)
{
    float logits[16];
    packet_temporal_classification_t packet;
    const uint32_t n = 2u + take_u8(input) % 15u;
    for (uint32_t i = 0; i < n; i++) {
        logits[i] = take_finite(input);
    }
    packet_encode_temporal(logits, n, take_u16(input), 1u + take_u16(input), &packet);
    require_crc(&packet, sizeof packet);
    REQUIRE(packet.argmax < n && packet.top1_minus_top2 >= 0.0f &&
            isfinite(packet.top1_minus_top2));
    for (uint32_t i = 0; i < n; i++) {
        REQUIRE(logits[i] < packet.top_logit ||
                (i >= packet.argmax && logits[i] == packet.top_logit));
    }
    sent(&packet, sizeof packet);
}

static void vitals(input_t *input)
{
    edge_features_t seen = {.quality_flags = take_u16(input), .n_persons = take_u8(input)};
    seen.respiration_bpm = take_float(input);
    seen.respiration_conf = (float)take_u8(input) / 255.0f;
    seen.heartbeat_bpm = take_float(input);
    seen.heartbeat_conf = (float)take_u8(input) / 255.0f;
    seen.presence = (float)take_u8(input) / 255.0f;
    seen.motion = (float)take_u8(input) / 255.0f;
    seen.motion_energy = take_float(input);
    seen.presence_score = take_float(input);
    for (size_t i = 0; i < EDGE_VECTOR_LEN; i++) {
        seen.vector[i] = (float)take_u8(input) / 255.0f;
    }
    const uint8_t flags = take_u8(input);
    const vitals_context_t context = {take_u16(input), (int8_t)take_u8(input), 0.2f, flags & 1u,
                                      flags & 2u};
    packet_edge_vitals_t edge;
    packet_encode_edge_vitals(&seen, &context, &edge);
    sent(&edge, sizeof edge);
    packet_feature_vector_t vector;
    packet_encode_feature_vector(&seen, flags & 1u, context.now_us, take_u16(input), &vector);
    sent(&vector, sizeof vector);
    mmwave_reading_t radar = {.type = take_u8(input)};
    radar.heart_bpm = take_float(input);
    radar.breathing_bpm = take_float(input);
    radar.distance_cm = take_float(input);
    radar.targets = take_u8(input);
    radar.confidence = take_u8(input);
    mmwave_start();
    mmwave_report(&radar, 0);
    const mmwave_fusion_t fusion = mmwave_fuse(&seen, flags & 4u ? 2u * MMWAVE_FRESH_US : 0);
    packet_fused_vitals_t fused;
    packet_encode_fused_vitals(&seen, &fusion, &context, &fused);
    REQUIRE(isfinite(fused.motion_energy) && isfinite(fused.mmwave_hr_bpm));
    REQUIRE(fused.fusion_confidence <= 100u && fused.mmwave_confidence <= 100u);
    sent(&fused, sizeof fused);
}

static void health(input_t *input)
{
    packet_mesh_health_t report;
    uint8_t packet[PACKET_MESH_HEALTH_BYTES];
    take(input, &report, sizeof report);
    report.role %= 5u;
    report.reserved = 0;
    packet_encode_mesh_health(&report, take_u16(input), packet);
    require_crc(packet, sizeof packet);
    sent(packet, sizeof packet);
}

static void channel_state(input_t *input)
{
    csi_frame_t frame = {
        .channel = take_u8(input),
        .n_antennas = (uint8_t)(1u + take_u8(input) % 4u),
        .n_subcarriers = (uint16_t)(1u + take_u16(input) % 256u),
        .rssi = (int8_t)take_u8(input),
        .noise_floor = (int8_t)take_u8(input),
    };
    const size_t bytes = 2u * (size_t)frame.n_antennas * frame.n_subcarriers;
    const uint8_t flags = take_u8(input);
    uint8_t *const iq = malloc(bytes), *const prev = malloc(bytes);
    uint8_t *const raw = malloc(sizeof(packet_raw_csi_frame_t) + bytes);
    uint8_t *const coded = malloc(PACKET_COMPRESSED_CSI_MAX(bytes)), *const back = malloc(bytes);
    REQUIRE(iq && prev && raw && coded && back);
    take(input, prev, bytes);
    take(input, iq, bytes);
    frame.iq = (const int8_t *)iq;
    REQUIRE(packet_encode_raw_csi(&frame, 7, raw) == sizeof(packet_raw_csi_frame_t) + bytes);
    REQUIRE(memcmp(raw + sizeof(packet_raw_csi_frame_t), iq, bytes) == 0);
    sent(raw, sizeof(packet_raw_csi_frame_t) + bytes);
    const uint8_t *before = flags & 1u ? prev : NULL;
    const size_t len = packet_encode_compressed_csi(&frame, before, take_u16(input), coded);
    const size_t head = sizeof(packet_compressed_csi_t) + sizeof(uint16_t);
    REQUIRE(len > head && len <= PACKET_COMPRESSED_CSI_MAX(bytes));
    REQUIRE(csi_expand(before, coded + head, len - head, back, bytes) == ESP_OK);
    REQUIRE(memcmp(back, iq, bytes) == 0);
    sent(coded, len);
    free(back), free(coded), free(raw), free(prev), free(iq);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static void (*const kinds[])(input_t *) = {feature_state, classification, vitals, health,
                                               channel_state};
    input_t input = {data, len};
    settings.node_id = take_u8(&input);
    settings.temporal_feed = take_u8(&input) & 1u;
    kinds[take_u8(&input) % (sizeof kinds / sizeof kinds[0])](&input);
    return 0;
}
