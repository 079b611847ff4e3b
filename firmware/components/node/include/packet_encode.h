// From what the node knows to the bytes of a packet.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "adaptive_controller.h"
#include "csi_frame.h"
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
