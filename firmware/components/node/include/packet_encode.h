// From what the node knows to the bytes of a packet.
#pragma once

#include "adaptive_controller.h"
#include "csi_codec.h"
#include "csi_frame.h"
#include "edge_features.h"
#include "mmwave.h"
#include "packets.h"

// Scores and confidences are limited to 0..1; what is not finite is sent as 0.
void packet_encode_feature_state(const observation_t *observation, decision_t decision,
                                 uint64_t ts_us, uint16_t seq, packet_feature_state_t *out);

// Ties go to the lowest class. n_classes is at least 2.
void packet_encode_temporal(const float *logits /*[n_classes]*/, uint32_t n_classes, uint64_t ts_us,
                            uint32_t seq, packet_temporal_classification_t *out);

// Centre frequency in MHz of a Wi-Fi channel, 0 for a channel that does not exist.
uint32_t packet_channel_mhz(uint8_t channel);

// Returns the packet's length: sizeof(packet_raw_csi_frame_t) and two bytes a pair.
size_t packet_encode_raw_csi(const csi_frame_t *frame, uint32_t seq, uint8_t *out);

// The most bytes that a compressed frame of so many bytes takes.
#define PACKET_COMPRESSED_CSI_MAX(bytes)                                                           \
    (sizeof(packet_compressed_csi_t) + sizeof(uint16_t) + CSI_COMPRESSED_MAX(bytes))

// Coded relative to `prev`, the frame with the number before, where that is shorter (csi_codec.h).
// NULL makes a key frame. Returns the packet's length; 0: it could not be compressed.
size_t packet_encode_compressed_csi(const csi_frame_t *frame, const uint8_t *prev /*[pairs][2]*/,
                                    uint32_t number, uint8_t *out /*[PACKET_COMPRESSED_CSI_MAX]*/);

// What the node knows besides the features.
typedef struct {
    uint64_t now_us;
    int8_t rssi;
    float motion_threshold;
    bool fell;    // since the last packet
    bool unknown; // no channel state has come for EDGE_SILENCE_US
} vitals_context_t;

// A rate that is not valid is sent as 0.
void packet_encode_edge_vitals(const edge_features_t *seen, const vitals_context_t *context,
                               packet_edge_vitals_t *out);
void packet_encode_fused_vitals(const edge_features_t *seen, const mmwave_fusion_t *fusion,
                                const vitals_context_t *context, packet_fused_vitals_t *out);

// `fell`: since the last vector.
void packet_encode_feature_vector(const edge_features_t *seen, bool fell, uint64_t now_us,
                                  uint16_t seq, packet_feature_vector_t *out);

#define PACKET_MESH_HEALTH_BYTES                                                                   \
    (sizeof(packet_mesh_envelope_t) + sizeof(packet_mesh_health_t) + sizeof(uint32_t))

// An envelope with the health message; its crc32 stands behind it.
void packet_encode_mesh_health(const packet_mesh_health_t *health, uint32_t epoch,
                               uint8_t *out /*[PACKET_MESH_HEALTH_BYTES]*/);
