// Every field of every wire struct, by name, in the form the layout table takes them.
#pragma once

// clang-format off

#define RAW_CSI_FRAME(F, T)                                                                        \
    F(T, magic) F(T, node_id) F(T, n_antennas) F(T, n_subcarriers) F(T, freq_mhz) F(T, seq)        \
    F(T, rssi) F(T, noise_floor) F(T, layout)

#define EDGE_VITALS(F, T)                                                                          \
    F(T, magic) F(T, node_id) F(T, flags) F(T, breathing_bpm_x100) F(T, heart_bpm_x10000)          \
    F(T, rssi) F(T, n_persons) F(T, reserved) F(T, motion_energy) F(T, presence_score)             \
    F(T, timestamp_ms) F(T, reserved2)

#define FEATURE_VECTOR(F, T)                                                                       \
    F(T, magic) F(T, node_id) F(T, reserved) F(T, seq) F(T, timestamp_us) F(T, features)

#define FUSED_VITALS(F, T)                                                                         \
    F(T, magic) F(T, node_id) F(T, flags) F(T, breathing_bpm_x100) F(T, heart_bpm_x10000)          \
    F(T, rssi) F(T, n_persons) F(T, mmwave_type) F(T, fusion_confidence) F(T, motion_energy)       \
    F(T, presence_score) F(T, timestamp_ms) F(T, mmwave_hr_bpm) F(T, mmwave_br_bpm)                \
    F(T, mmwave_distance_cm) F(T, mmwave_targets) F(T, mmwave_confidence) F(T, reserved)           \
    F(T, reserved2)

#define COMPRESSED_CSI(F, T)                                                                       \
    F(T, magic) F(T, node_id) F(T, channel) F(T, original_len) F(T, compressed_len)

#define FEATURE_STATE(F, T)                                                                        \
    F(T, magic) F(T, node_id) F(T, mode) F(T, seq) F(T, ts_us) F(T, motion_score)                  \
    F(T, presence_score) F(T, respiration_bpm) F(T, respiration_conf) F(T, heartbeat_bpm)          \
    F(T, heartbeat_conf) F(T, anomaly_score) F(T, env_shift_score) F(T, node_coherence)            \
    F(T, quality_flags) F(T, reserved) F(T, crc32)

#define TEMPORAL_CLASSIFICATION(F, T)                                                              \
    F(T, magic) F(T, version) F(T, n_classes) F(T, node_id) F(T, feed) F(T, reserved) F(T, ts_us) F(T, seq)   \
    F(T, argmax) F(T, reserved2) F(T, top_logit) F(T, top1_minus_top2) F(T, crc32)

#define MESH_ENVELOPE(F, T)                                                                        \
    F(T, magic) F(T, version) F(T, type) F(T, sender_role) F(T, auth_class) F(T, epoch)            \
    F(T, payload_len) F(T, reserved)

#define MESH_HEALTH(F, T)                                                                          \
    F(T, node_id) F(T, local_time_us) F(T, role) F(T, channel) F(T, bandwidth_mhz)                 \
    F(T, noise_floor) F(T, pkt_yield) F(T, sync_error_us) F(T, flags) F(T, reserved)

#define HELLO_REQ(F, T) F(T, protocol)

#define HELLO(F, T)                                                                                \
    F(T, protocol) F(T, boot_nonce) F(T, max_line) F(T, max_payload) F(T, rx_buffer)               \
    F(T, reply_cache) F(T, clock_mode) F(T, arena_bytes) F(T, last_id) F(T, target)                \
    F(T, version) F(T, elf_sha256)

#define LAYOUT_REQ(F, T) F(T, index)

#define LAYOUT(F, T) F(T, total) F(T, index) F(T, size) F(T, n_fields) F(T, name_len)

#define LAYOUT_FIELD(F, T) F(T, offset) F(T, size) F(T, name_len)

#define STATUS(F, T)                                                                               \
    F(T, now_us) F(T, clock_mode) F(T, head_state) F(T, controller_state) F(T, cycle_unit)         \
    F(T, head_error) F(T, heap_free) F(T, heap_min_free) F(T, stack_free_main)                     \
    F(T, stack_free_temporal) F(T, queue_depth) F(T, queue_capacity) F(T, queue_drops)             \
    F(T, drop_log_lines) F(T, frames_pushed) F(T, frames_short) F(T, frames_refused)               \
    F(T, classify_count) F(T, classify_errors) F(T, temporal_seq) F(T, feature_seq)                \
    F(T, packets_sent) F(T, packets_failed) F(T, packets_network) F(T, log_lines)                  \
    F(T, rx_bytes) F(T, rx_overruns) F(T, lines_ok) F(T, lines_garbage) F(T, lines_overlong) F(T, lines_bad_crc)                    \
    F(T, unknown_commands) F(T, replays) F(T, stale_ids) F(T, push_cycles) F(T, classify_cycles)   \
    F(T, classify_cycles_max) F(T, classify_gap_ms)

#define RESTORE_REQ(F, T) F(T, clock_mode) F(T, target_port)

#define ADVANCE_REQ(F, T) F(T, us)

#define TIME(F, T) F(T, now_us)

#define KIND_REQ(F, T) F(T, kind)

#define SETTING_REQ(F, T) F(T, key) F(T, value)

#define SETTING_INFO_REQ(F, T) F(T, index)

#define SETTING_INFO(F, T)                                                                         \
    F(T, total) F(T, key) F(T, kind) F(T, low) F(T, high) F(T, fallback) F(T, name)

#define SETTINGS(F, T)                                                                             \
    F(T, embed_weights) F(T, start_head) F(T, node_id) F(T, edge_tier) F(T, min_pkt_yield)         \
    F(T, hop_dwell_ms) F(T, thr_coherence) F(T, thr_anomaly) F(T, thr_motion)                      \
    F(T, thr_presence) F(T, thr_still) F(T, n_channels) F(T, channels)                 \
    F(T, has_sender) F(T, sender) F(T, traffic_hz) F(T, temporal_feed) F(T, spectrum_hop)

#define PARTITION(F, T) F(T, name) F(T, offset) F(T, size)

#define BOOT_REPORT(F, T)                                                                          \
    F(T, protocol) F(T, boot_nonce) F(T, reset_reason) F(T, clock_mode) F(T, head_state)           \
    F(T, weights_source) F(T, head_error) F(T, self_test_error) F(T, slot_error)                   \
    F(T, weights_crc) F(T, weights_len) F(T, weights_generation) F(T, flash_bytes)                 \
    F(T, heap_bytes) F(T, input_dim) F(T, window_len) F(T, n_classes) F(T, classify_period_ms)     \
    F(T, elf_sha256) F(T, target) F(T, chip) F(T, version) F(T, idf_version) F(T, head_reason)     \
    F(T, n_partitions) F(T, temporal_feed) F(T, settings_lost) F(T, max_classes) F(T, partitions)

#define WEIGHTS_BEGIN_REQ(F, T) F(T, total_len) F(T, crc32) F(T, flags)

#define WEIGHTS_BEGIN(F, T) F(T, resume_offset) F(T, slot)

#define WEIGHTS_CHUNK_REQ(F, T) F(T, offset)

#define WEIGHTS_CHUNK(F, T) F(T, next_offset)

#define WEIGHTS_COMMIT(F, T) F(T, generation) F(T, slot)

#define PART_REQ(F, T) F(T, offset) F(T, len)

#define PART_INFO(F, T)                                                                            \
    F(T, size) F(T, erase_size) F(T, slot_offset) F(T, slot_size) F(T, blob_offset)

#define TASK_REQ(F, T) F(T, action) F(T, input_dim) F(T, window_len) F(T, n_classes)

#define PUSH_REQ(F, T) F(T, n_frames) F(T, frame_len)

#define PUSH(F, T) F(T, accepted) F(T, rejected) F(T, last_error)

#define CLASSIFY(F, T) F(T, n_classes) F(T, n_frames) F(T, cycles)

#define ARENA_REQ(F, T) F(T, offset) F(T, len)

#define ATTENTION_CONFIG(F, T)                                                                     \
    F(T, window) F(T, block_size) F(T, causal) F(T, use_log_stride) F(T, use_landmarks)            \
    F(T, n_globals) F(T, global_tokens) F(T, kernel)

#define ATTENTION_REQ(F, T)                                                                        \
    F(T, config) F(T, n_tokens) F(T, n_q_heads) F(T, n_kv_heads) F(T, head_dim) F(T, q_offset)     \
    F(T, k_offset) F(T, v_offset) F(T, out_offset) F(T, scratch_offset)

#define ATTENTION(F, T) F(T, edges) F(T, cycles) F(T, scratch_bytes)

#define STREAM_OPEN_REQ(F, T)                                                                      \
    F(T, config) F(T, capacity) F(T, n_q_heads) F(T, n_kv_heads) F(T, head_dim) F(T, dtype)        \
    F(T, memory_offset)

#define STREAM_STEP_REQ(F, T)                                                                      \
    F(T, count) F(T, q_offset) F(T, k_offset) F(T, v_offset) F(T, out_offset)

#define STREAM_STEP(F, T) F(T, done) F(T, cache_len) F(T, error) F(T, cache_crc) F(T, cycles)

#define STREAM_EVICT_REQ(F, T) F(T, k_offset) F(T, v_offset) F(T, scores_offset)

#define STREAM_EVICT(F, T) F(T, evicted) F(T, cache_len) F(T, cache_crc)

#define HEAD_OPEN_REQ(F, T)                                                                        \
    F(T, blob_offset) F(T, blob_len) F(T, input_dim) F(T, window_len) F(T, n_classes) F(T, form)   \
    F(T, kernel)

#define HEAD_OPEN(F, T) F(T, working_set_bytes) F(T, form)

#define HEAD_PUSH_REQ(F, T) F(T, frames_offset) F(T, n_frames)

#define HEAD_PUSH(F, T) F(T, done) F(T, error) F(T, frames_in_ring) F(T, cycles)

#define HEAD_NULL(F, T)                                                                            \
    F(T, init) F(T, init_with) F(T, required_bytes) F(T, required_bytes_with) F(T, use_kernel)     \
    F(T, push) F(T, classify) F(T, self_test)

#define PROFILE(F, T) F(T, cycles) F(T, macs) F(T, marks) F(T, stack_bytes)

#define OBSERVATION(F, T)                                                                          \
    F(T, motion) F(T, presence) F(T, respiration_bpm) F(T, respiration_conf) F(T, heartbeat_bpm)   \
    F(T, heartbeat_conf) F(T, anomaly) F(T, env_shift) F(T, coherence) F(T, pkt_yield)             \
    F(T, quality_flags)

#define DECISION(F, T) F(T, state) F(T, profile)

#define SWITCH_REQ(F, T) F(T, on)

#define MOCK_REQ(F, T) F(T, scenario) F(T, seed)

#define CSI_STATUS(F, T)                                                                           \
    F(T, received) F(T, accepted) F(T, zero_length) F(T, oversized) F(T, filtered) F(T, gated)     \
    F(T, dropped) F(T, hops) F(T, raw_seq) F(T, ring_depth) F(T, ring_capacity) F(T, source)       \
    F(T, scenario) F(T, channel) F(T, rssi) F(T, rssi_min) F(T, rssi_max) F(T, noise_floor)

#define CSI_FILTER_REQ(F, T) F(T, on) F(T, mac)

#define CSI_HOP_REQ(F, T) F(T, dwell_ms)

#define CSI_FRAME_REQ(F, T)                                                                        \
    F(T, mac) F(T, channel) F(T, n_antennas) F(T, n_subcarriers) F(T, rssi) F(T, noise_floor) \
    F(T, after_us) F(T, csi_layout)

#define CSI_FEED_REQ(F, T) F(T, rate_hz)

#define STREAM_RATES_REQ(F, T)                                                                     \
    F(T, raw_every) F(T, compressed_every) F(T, vitals_ms) F(T, vector_ms)

#define MMWAVE_REQ(F, T)                                                                           \
    F(T, type) F(T, targets) F(T, confidence) F(T, heart_bpm) F(T, breathing_bpm) F(T, distance_cm)

#define EDGE_FEATURES(F, T)                                                                        \
    F(T, ts_us) F(T, motion) F(T, presence) F(T, respiration_bpm) F(T, respiration_conf)           \
    F(T, heartbeat_bpm) F(T, heartbeat_conf) F(T, anomaly) F(T, env_shift) F(T, coherence)         \
    F(T, motion_energy) F(T, presence_score) F(T, presence_threshold) F(T, active) F(T, fall)      \
    F(T, n_persons) F(T, quality_flags) F(T, vector) F(T, spectrum) F(T, spectra) F(T, frames)     \
    F(T, late) F(T, duplicates) F(T, faint) F(T, other_basis) F(T, refused) F(T, plain)            \
    F(T, relinks) F(T, gaps) F(T, falls)

#define SENSE_STATUS(F, T)                                                                         \
    F(T, phase) F(T, state) F(T, pkt_yield) F(T, sync_error_us) F(T, raw_seq)                      \
    F(T, compressed_count) F(T, vitals_count) F(T, fused_count) F(T, vector_seq)                   \
    F(T, health_epoch) F(T, rate_hz) F(T, features)

#define EDGE_OPEN_REQ(F, T)                                                                        \
    F(T, calibration_ms) F(T, tier) F(T, spectrum_every) F(T, memory_offset)

#define EDGE_OPEN(F, T) F(T, context_bytes)

#define EDGE_FRAME(F, T)                                                                           \
    F(T, ts_us) F(T, mac) F(T, channel) F(T, n_antennas) F(T, n_subcarriers) F(T, rssi)            \
    F(T, noise_floor) F(T, iq_len) F(T, csi_layout)

#define EDGE_PUSH_REQ(F, T) F(T, frames_offset) F(T, n_frames) F(T, out_offset)

#define EDGE_PUSH(F, T) F(T, done)

#define EDGE_RESULT(F, T) F(T, error) F(T, cycles) F(T, features)

#define EDGE_LOG_REQ(F, T) F(T, in_offset) F(T, n) F(T, out_offset)

#define EDGE_FFT_REQ(F, T) F(T, offset)

#define EDGE_BIN(F, T) F(T, mask) F(T, held) F(T, n) F(T, ratio)

#define CSI_CARRIERS_REQ(F, T) F(T, questions_offset) F(T, n) F(T, out_offset)

#define CSI_QUESTION(F, T) F(T, csi_layout) F(T, n_subcarriers) F(T, iq_offset)

#define CSI_CARRIERS(F, T)                                                                         \
    F(T, error) F(T, basis) F(T, row) F(T, n_runs) F(T, pair) F(T, carrier) F(T, count)            \
    F(T, again)

#define CSI_RECEPTION_REQ(F, T)                                                                    \
    F(T, secondary) F(T, signal) F(T, is_wide) F(T, is_stbc) F(T, first_word_invalid)              \
    F(T, kept) F(T, n_subcarriers)

#define CSI_RECEPTION(F, T) F(T, by_reception) F(T, by_length)

#define RADIO_STAMPS_REQ(F, T) F(T, offset) F(T, n)

#define RADIO_STAMP(F, T) F(T, stamp) F(T, time_us)

#define RECONNECT_REQ(F, T) F(T, failures) F(T, draw)

#define RECONNECT(F, T) F(T, delay_ms)

#define TRAFFIC_REQ(F, T) F(T, hz) F(T, begin_us) F(T, offset) F(T, n)

#define TRAFFIC_STEP(F, T) F(T, outcome) F(T, number) F(T, due_us)

#define TRAFFIC(F, T) F(T, next_us)

#define CSI_COMPRESS_REQ(F, T)                                                                     \
    F(T, has_prev) F(T, prev_offset) F(T, now_offset) F(T, len) F(T, out_offset) F(T, cap)

#define CSI_COMPRESS(F, T) F(T, out_len) F(T, cycles)

#define CSI_EXPAND_REQ(F, T)                                                                       \
    F(T, has_prev) F(T, prev_offset) F(T, data_offset) F(T, data_len) F(T, out_offset) F(T, len)

// clang-format on
