// The wire packets, by wire_struct_types.h: types, sizes and what the agent's `layout` tells.

// clang-format off

// Followed by n_antennas * n_subcarriers pairs of int8 I, Q.
WIRE_STRUCT(raw_csi_frame, packet_raw_csi_frame_t,
    WIRE_FIELD(uint32_t, magic)
    WIRE_FIELD(uint8_t, node_id)
    WIRE_FIELD(uint8_t, n_antennas)
    WIRE_FIELD(uint16_t, n_subcarriers)
    WIRE_FIELD(uint32_t, freq_mhz)
    WIRE_FIELD(uint32_t, seq)
    WIRE_FIELD(int8_t, rssi)         // dBm
    WIRE_FIELD(int8_t, noise_floor)  // dBm
    WIRE_FIELD(uint16_t, layout))    // of the pairs, csi_layout.h; 0: not told

WIRE_STRUCT(edge_vitals, packet_edge_vitals_t,
    WIRE_FIELD(uint32_t, magic)
    WIRE_FIELD(uint8_t, node_id)
    WIRE_FIELD(uint8_t, flags)  // VITALS_*
    WIRE_FIELD(uint16_t, breathing_bpm_x100)
    WIRE_FIELD(uint32_t, heart_bpm_x10000)
    WIRE_FIELD(int8_t, rssi)
    WIRE_FIELD(uint8_t, n_persons)
    WIRE_ARRAY(uint8_t, reserved, 2)
    WIRE_FIELD(float, motion_energy)
    WIRE_FIELD(float, presence_score)
    WIRE_FIELD(uint32_t, timestamp_ms)
    WIRE_FIELD(uint32_t, reserved2))

WIRE_STRUCT(feature_vector, packet_feature_vector_t,
    WIRE_FIELD(uint32_t, magic)
    WIRE_FIELD(uint8_t, node_id)
    WIRE_FIELD(uint8_t, reserved)
    WIRE_FIELD(uint16_t, seq)
    WIRE_FIELD(int64_t, timestamp_us)
    WIRE_ARRAY(float, features, 8)) // as edge_features_t has them; a fall since the vector before

WIRE_STRUCT(fused_vitals, packet_fused_vitals_t,
    WIRE_FIELD(uint32_t, magic)
    WIRE_FIELD(uint8_t, node_id)
    WIRE_FIELD(uint8_t, flags)              // VITALS_*
    WIRE_FIELD(uint16_t, breathing_bpm_x100)
    WIRE_FIELD(uint32_t, heart_bpm_x10000)
    WIRE_FIELD(int8_t, rssi)
    WIRE_FIELD(uint8_t, n_persons)
    WIRE_FIELD(uint8_t, mmwave_type)
    WIRE_FIELD(uint8_t, fusion_confidence)  // 0..100
    WIRE_FIELD(float, motion_energy)
    WIRE_FIELD(float, presence_score)
    WIRE_FIELD(uint32_t, timestamp_ms)
    WIRE_FIELD(float, mmwave_hr_bpm)
    WIRE_FIELD(float, mmwave_br_bpm)
    WIRE_FIELD(float, mmwave_distance_cm)
    WIRE_FIELD(uint8_t, mmwave_targets)
    WIRE_FIELD(uint8_t, mmwave_confidence)  // 0..100
    WIRE_FIELD(uint16_t, reserved)
    WIRE_FIELD(uint32_t, reserved2))

// Followed by compressed_len bytes: two that hold the frame's number and whether it is a key frame
// (PACKET_KEY_FRAME), then what csi_codec.h makes of the pairs.
WIRE_STRUCT(compressed_csi, packet_compressed_csi_t,
    WIRE_FIELD(uint32_t, magic)
    WIRE_FIELD(uint8_t, node_id)
    WIRE_FIELD(uint8_t, channel)
    WIRE_FIELD(uint16_t, original_len)
    WIRE_FIELD(uint16_t, compressed_len))

WIRE_STRUCT(feature_state, packet_feature_state_t,
    WIRE_FIELD(uint32_t, magic)
    WIRE_FIELD(uint8_t, node_id)
    WIRE_FIELD(uint8_t, mode)            // capture profile
    WIRE_FIELD(uint16_t, seq)
    WIRE_FIELD(uint64_t, ts_us)
    WIRE_FIELD(float, motion_score)      // 0..1
    WIRE_FIELD(float, presence_score)    // 0..1
    WIRE_FIELD(float, respiration_bpm)
    WIRE_FIELD(float, respiration_conf)  // 0..1
    WIRE_FIELD(float, heartbeat_bpm)
    WIRE_FIELD(float, heartbeat_conf)    // 0..1
    WIRE_FIELD(float, anomaly_score)     // 0..1
    WIRE_FIELD(float, env_shift_score)   // 0..1
    WIRE_FIELD(float, node_coherence)    // 0..1
    WIRE_FIELD(uint16_t, quality_flags)  // EDGE_QUALITY_* of edge_features.h
    WIRE_FIELD(uint16_t, reserved)
    WIRE_FIELD(uint32_t, crc32))

WIRE_STRUCT(temporal_classification, packet_temporal_classification_t,
    WIRE_FIELD(uint32_t, magic)
    WIRE_FIELD(uint16_t, version)
    WIRE_FIELD(uint16_t, n_classes)
    WIRE_FIELD(uint8_t, node_id)
    WIRE_FIELD(uint8_t, feed)  // what the head was fed with: 0 states, 1 spectra
    WIRE_ARRAY(uint8_t, reserved, 2)
    WIRE_FIELD(uint64_t, ts_us)
    WIRE_FIELD(uint32_t, seq)  // starts at 1
    WIRE_FIELD(uint8_t, argmax)
    WIRE_ARRAY(uint8_t, reserved2, 3)
    WIRE_FIELD(float, top_logit)
    WIRE_FIELD(float, top1_minus_top2)
    WIRE_FIELD(uint32_t, crc32))

// Followed by payload_len bytes and a crc32 over header and payload.
WIRE_STRUCT(mesh_envelope, packet_mesh_envelope_t,
    WIRE_FIELD(uint32_t, magic)
    WIRE_FIELD(uint8_t, version)
    WIRE_FIELD(uint8_t, type)
    WIRE_FIELD(uint8_t, sender_role)
    WIRE_FIELD(uint8_t, auth_class)
    WIRE_FIELD(uint32_t, epoch)
    WIRE_FIELD(uint16_t, payload_len)
    WIRE_FIELD(uint16_t, reserved))

WIRE_STRUCT(mesh_health, packet_mesh_health_t,
    WIRE_ARRAY(uint8_t, node_id, 8)
    WIRE_FIELD(uint64_t, local_time_us)
    WIRE_FIELD(uint8_t, role)
    WIRE_FIELD(uint8_t, channel)
    WIRE_FIELD(uint8_t, bandwidth_mhz)
    WIRE_FIELD(int8_t, noise_floor)  // dBm
    WIRE_FIELD(uint16_t, pkt_yield)
    WIRE_FIELD(uint16_t, sync_error_us)
    WIRE_FIELD(uint16_t, flags)
    WIRE_FIELD(uint16_t, reserved))
