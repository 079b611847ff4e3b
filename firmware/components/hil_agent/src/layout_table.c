// What `layout` reports: name, size and every field's offset and size of the wire structs, as this
// compiler laid them out. A field that is missing here breaks the build.
#include <string.h>

#include "agent.h"
#include "packets.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

typedef struct {
    const char *name;
    uint16_t offset;
    uint16_t size;
} field_t;

typedef struct {
    const char *name;
    uint16_t size;
    uint8_t n_fields;
    const field_t *fields; // [n_fields]
} struct_t;

#define FIELD(type, field) {#field, offsetof(type, field), sizeof(((type *)0)->field)},
#define SIZE(type, field)  +sizeof(((type *)0)->field)

// LIST names every field of the packed struct `type`: their sizes have to add up to all of it.
#define DESCRIBE(name, type, LIST)                                                                 \
    static const field_t name##_fields[] = {LIST(FIELD, type)};                                    \
    _Static_assert((0 LIST(SIZE, type)) == sizeof(type), #type ": a field is missing");

#define ENTRY(name, type) {#name, sizeof(type), ARRAY_LEN(name##_fields), name##_fields},

// clang-format off
#define RAW_CSI_FRAME(F, T)                                                                        \
    F(T, magic) F(T, node_id) F(T, n_antennas) F(T, n_subcarriers) F(T, freq_mhz) F(T, seq)        \
    F(T, rssi) F(T, noise_floor) F(T, reserved)
DESCRIBE(raw_csi_frame, packet_raw_csi_frame_t, RAW_CSI_FRAME)

#define EDGE_VITALS(F, T)                                                                          \
    F(T, magic) F(T, node_id) F(T, flags) F(T, breathing_bpm_x100) F(T, heart_bpm_x10000)          \
    F(T, rssi) F(T, n_persons) F(T, reserved) F(T, motion_energy) F(T, presence_score)             \
    F(T, timestamp_ms) F(T, reserved2)
DESCRIBE(edge_vitals, packet_edge_vitals_t, EDGE_VITALS)

#define FEATURE_VECTOR(F, T)                                                                       \
    F(T, magic) F(T, node_id) F(T, reserved) F(T, seq) F(T, timestamp_us) F(T, features)
DESCRIBE(feature_vector, packet_feature_vector_t, FEATURE_VECTOR)

#define FUSED_VITALS(F, T)                                                                         \
    F(T, magic) F(T, node_id) F(T, flags) F(T, breathing_bpm_x100) F(T, heart_bpm_x10000)          \
    F(T, rssi) F(T, n_persons) F(T, mmwave_type) F(T, fusion_confidence) F(T, motion_energy)       \
    F(T, presence_score) F(T, timestamp_ms) F(T, mmwave_hr_bpm) F(T, mmwave_br_bpm)                \
    F(T, mmwave_distance_cm) F(T, mmwave_targets) F(T, mmwave_confidence) F(T, reserved)           \
    F(T, reserved2)
DESCRIBE(fused_vitals, packet_fused_vitals_t, FUSED_VITALS)

#define COMPRESSED_CSI(F, T)                                                                       \
    F(T, magic) F(T, node_id) F(T, channel) F(T, original_len) F(T, compressed_len)
DESCRIBE(compressed_csi, packet_compressed_csi_t, COMPRESSED_CSI)

#define FEATURE_STATE(F, T)                                                                        \
    F(T, magic) F(T, node_id) F(T, mode) F(T, seq) F(T, ts_us) F(T, motion_score)                  \
    F(T, presence_score) F(T, respiration_bpm) F(T, respiration_conf) F(T, heartbeat_bpm)          \
    F(T, heartbeat_conf) F(T, anomaly_score) F(T, env_shift_score) F(T, node_coherence)            \
    F(T, quality_flags) F(T, reserved) F(T, crc32)
DESCRIBE(feature_state, packet_feature_state_t, FEATURE_STATE)

#define TEMPORAL_CLASSIFICATION(F, T)                                                              \
    F(T, magic) F(T, version) F(T, n_classes) F(T, node_id) F(T, reserved) F(T, ts_us) F(T, seq)   \
    F(T, argmax) F(T, reserved2) F(T, top_logit) F(T, top1_minus_top2) F(T, crc32)
DESCRIBE(temporal_classification, packet_temporal_classification_t, TEMPORAL_CLASSIFICATION)

#define MESH_ENVELOPE(F, T)                                                                        \
    F(T, magic) F(T, version) F(T, type) F(T, sender_role) F(T, auth_class) F(T, epoch)            \
    F(T, payload_len) F(T, reserved)
DESCRIBE(mesh_envelope, packet_mesh_envelope_t, MESH_ENVELOPE)

#define MESH_HEALTH(F, T)                                                                          \
    F(T, node_id) F(T, local_time_us) F(T, role) F(T, channel) F(T, bandwidth_mhz)                 \
    F(T, noise_floor) F(T, pkt_yield) F(T, sync_error_us) F(T, flags) F(T, reserved)
DESCRIBE(mesh_health, packet_mesh_health_t, MESH_HEALTH)

#define HELLO_REQ(F, T) F(T, protocol)
DESCRIBE(hello_req, hil_hello_req_t, HELLO_REQ)

#define HELLO(F, T)                                                                                \
    F(T, protocol) F(T, boot_nonce) F(T, max_line) F(T, max_payload) F(T, rx_buffer)               \
    F(T, reply_cache) F(T, clock_mode) F(T, arena_bytes) F(T, last_id) F(T, target)                \
    F(T, version) F(T, elf_sha256)
DESCRIBE(hello, hil_hello_t, HELLO)

#define LAYOUT_REQ(F, T) F(T, index)
DESCRIBE(layout_req, hil_layout_req_t, LAYOUT_REQ)

#define LAYOUT(F, T) F(T, total) F(T, index) F(T, size) F(T, n_fields) F(T, name_len)
DESCRIBE(layout, hil_layout_t, LAYOUT)

#define LAYOUT_FIELD(F, T) F(T, offset) F(T, size) F(T, name_len)
DESCRIBE(layout_field, hil_layout_field_t, LAYOUT_FIELD)

#define STATUS(F, T)                                                                               \
    F(T, now_us) F(T, clock_mode) F(T, head_state) F(T, controller_state) F(T, cycle_unit)         \
    F(T, head_error) F(T, heap_free) F(T, heap_min_free) F(T, stack_free_main)                     \
    F(T, stack_free_temporal) F(T, queue_depth) F(T, queue_capacity) F(T, queue_drops)             \
    F(T, drop_log_lines) F(T, frames_pushed) F(T, frames_short) F(T, frames_refused)               \
    F(T, classify_count) F(T, classify_errors) F(T, temporal_seq) F(T, feature_seq)                \
    F(T, packets_sent) F(T, packets_failed) F(T, log_lines) F(T, rx_bytes) F(T, rx_overruns)       \
    F(T, lines_ok) F(T, lines_garbage) F(T, lines_overlong) F(T, lines_bad_crc)                    \
    F(T, unknown_commands) F(T, replays) F(T, stale_ids) F(T, push_cycles) F(T, classify_cycles)   \
    F(T, classify_cycles_max)
DESCRIBE(status, hil_status_t, STATUS)

#define RESTORE_REQ(F, T) F(T, clock_mode)
DESCRIBE(restore_req, hil_restore_req_t, RESTORE_REQ)

#define ADVANCE_REQ(F, T) F(T, us)
DESCRIBE(advance_req, hil_advance_req_t, ADVANCE_REQ)

#define TIME(F, T) F(T, now_us)
DESCRIBE(time, hil_time_t, TIME)

#define KIND_REQ(F, T) F(T, kind)
DESCRIBE(kind_req, hil_kind_req_t, KIND_REQ)

#define SETTING_REQ(F, T) F(T, key) F(T, value)
DESCRIBE(setting_req, hil_setting_req_t, SETTING_REQ)

#define PARTITION(F, T) F(T, name) F(T, offset) F(T, size)
DESCRIBE(partition, hil_partition_t, PARTITION)

#define BOOT_REPORT(F, T)                                                                          \
    F(T, protocol) F(T, boot_nonce) F(T, reset_reason) F(T, clock_mode) F(T, head_state)           \
    F(T, weights_source) F(T, head_error) F(T, self_test_error) F(T, slot_error)                   \
    F(T, weights_crc) F(T, weights_len) F(T, weights_generation) F(T, flash_bytes)                 \
    F(T, heap_bytes) F(T, input_dim) F(T, window_len) F(T, n_classes) F(T, classify_period_ms)     \
    F(T, elf_sha256) F(T, target) F(T, chip) F(T, version) F(T, idf_version) F(T, head_reason)     \
    F(T, n_partitions) F(T, reserved) F(T, partitions)
DESCRIBE(boot_report, hil_boot_report_t, BOOT_REPORT)

#define WEIGHTS_BEGIN_REQ(F, T) F(T, total_len) F(T, crc32) F(T, flags)
DESCRIBE(weights_begin_req, hil_weights_begin_req_t, WEIGHTS_BEGIN_REQ)

#define WEIGHTS_BEGIN(F, T) F(T, resume_offset) F(T, slot)
DESCRIBE(weights_begin, hil_weights_begin_t, WEIGHTS_BEGIN)

#define WEIGHTS_CHUNK_REQ(F, T) F(T, offset)
DESCRIBE(weights_chunk_req, hil_weights_chunk_req_t, WEIGHTS_CHUNK_REQ)

#define WEIGHTS_CHUNK(F, T) F(T, next_offset)
DESCRIBE(weights_chunk, hil_weights_chunk_t, WEIGHTS_CHUNK)

#define WEIGHTS_COMMIT(F, T) F(T, generation) F(T, slot)
DESCRIBE(weights_commit, hil_weights_commit_t, WEIGHTS_COMMIT)

#define PART_REQ(F, T) F(T, offset) F(T, len)
DESCRIBE(part_req, hil_part_req_t, PART_REQ)

#define PART_INFO(F, T)                                                                            \
    F(T, size) F(T, erase_size) F(T, slot_offset) F(T, slot_size) F(T, blob_offset)
DESCRIBE(part_info, hil_part_info_t, PART_INFO)

#define TASK_REQ(F, T) F(T, action) F(T, input_dim) F(T, window_len) F(T, n_classes)
DESCRIBE(task_req, hil_task_req_t, TASK_REQ)

#define PUSH_REQ(F, T) F(T, n_frames) F(T, frame_len)
DESCRIBE(push_req, hil_push_req_t, PUSH_REQ)

#define PUSH(F, T) F(T, accepted) F(T, rejected) F(T, last_error)
DESCRIBE(push, hil_push_t, PUSH)

#define CLASSIFY(F, T) F(T, n_classes) F(T, n_frames) F(T, cycles)
DESCRIBE(classify, hil_classify_t, CLASSIFY)

#define ARENA_REQ(F, T) F(T, offset) F(T, len)
DESCRIBE(arena_req, hil_arena_req_t, ARENA_REQ)

#define ATTENTION_CONFIG(F, T)                                                                     \
    F(T, window) F(T, block_size) F(T, causal) F(T, use_log_stride) F(T, use_landmarks)            \
    F(T, n_globals) F(T, global_tokens)
DESCRIBE(attention_config, hil_attention_config_t, ATTENTION_CONFIG)

#define ATTENTION_REQ(F, T)                                                                        \
    F(T, config) F(T, n_tokens) F(T, n_q_heads) F(T, n_kv_heads) F(T, head_dim) F(T, q_offset)     \
    F(T, k_offset) F(T, v_offset) F(T, out_offset) F(T, scratch_offset)
DESCRIBE(attention_req, hil_attention_req_t, ATTENTION_REQ)

#define ATTENTION(F, T) F(T, edges) F(T, cycles) F(T, scratch_bytes)
DESCRIBE(attention, hil_attention_t, ATTENTION)

#define STREAM_OPEN_REQ(F, T)                                                                      \
    F(T, config) F(T, capacity) F(T, n_q_heads) F(T, n_kv_heads) F(T, head_dim) F(T, dtype)        \
    F(T, memory_offset)
DESCRIBE(stream_open_req, hil_stream_open_req_t, STREAM_OPEN_REQ)

#define STREAM_STEP_REQ(F, T)                                                                      \
    F(T, count) F(T, q_offset) F(T, k_offset) F(T, v_offset) F(T, out_offset)
DESCRIBE(stream_step_req, hil_stream_step_req_t, STREAM_STEP_REQ)

#define STREAM_STEP(F, T) F(T, done) F(T, cache_len) F(T, error) F(T, cache_crc) F(T, cycles)
DESCRIBE(stream_step, hil_stream_step_t, STREAM_STEP)

#define STREAM_EVICT_REQ(F, T) F(T, k_offset) F(T, v_offset) F(T, scores_offset)
DESCRIBE(stream_evict_req, hil_stream_evict_req_t, STREAM_EVICT_REQ)

#define STREAM_EVICT(F, T) F(T, evicted) F(T, cache_len) F(T, cache_crc)
DESCRIBE(stream_evict, hil_stream_evict_t, STREAM_EVICT)

#define HEAD_OPEN_REQ(F, T)                                                                        \
    F(T, blob_offset) F(T, blob_len) F(T, input_dim) F(T, window_len) F(T, n_classes) F(T, form)
DESCRIBE(head_open_req, hil_head_open_req_t, HEAD_OPEN_REQ)

#define HEAD_OPEN(F, T) F(T, working_set_bytes) F(T, form)
DESCRIBE(head_open, hil_head_open_t, HEAD_OPEN)

#define HEAD_PUSH_REQ(F, T) F(T, frames_offset) F(T, n_frames)
DESCRIBE(head_push_req, hil_head_push_req_t, HEAD_PUSH_REQ)

#define HEAD_PUSH(F, T) F(T, done) F(T, error) F(T, frames_in_ring) F(T, cycles)
DESCRIBE(head_push, hil_head_push_t, HEAD_PUSH)

#define OBSERVATION(F, T)                                                                          \
    F(T, motion) F(T, presence) F(T, respiration_bpm) F(T, respiration_conf) F(T, heartbeat_bpm)   \
    F(T, heartbeat_conf) F(T, anomaly) F(T, env_shift) F(T, coherence) F(T, pkt_yield)             \
    F(T, quality_flags)
DESCRIBE(observation, hil_observation_t, OBSERVATION)

#define DECISION(F, T) F(T, state) F(T, profile)
DESCRIBE(decision, hil_decision_t, DECISION)

#define SWITCH_REQ(F, T) F(T, on)
DESCRIBE(switch_req, hil_switch_req_t, SWITCH_REQ)

// clang-format on

static const struct_t structs[] = {
    // clang-format off
    ENTRY(raw_csi_frame, packet_raw_csi_frame_t)
    ENTRY(edge_vitals, packet_edge_vitals_t)
    ENTRY(feature_vector, packet_feature_vector_t)
    ENTRY(fused_vitals, packet_fused_vitals_t)
    ENTRY(compressed_csi, packet_compressed_csi_t)
    ENTRY(feature_state, packet_feature_state_t)
    ENTRY(temporal_classification, packet_temporal_classification_t)
    ENTRY(mesh_envelope, packet_mesh_envelope_t)
    ENTRY(mesh_health, packet_mesh_health_t)
    ENTRY(hello_req, hil_hello_req_t)
    ENTRY(hello, hil_hello_t)
    ENTRY(layout_req, hil_layout_req_t)
    ENTRY(layout, hil_layout_t)
    ENTRY(layout_field, hil_layout_field_t)
    ENTRY(status, hil_status_t)
    ENTRY(restore_req, hil_restore_req_t)
    ENTRY(advance_req, hil_advance_req_t)
    ENTRY(time, hil_time_t)
    ENTRY(kind_req, hil_kind_req_t)
    ENTRY(setting_req, hil_setting_req_t)
    ENTRY(partition, hil_partition_t)
    ENTRY(boot_report, hil_boot_report_t)
    ENTRY(weights_begin_req, hil_weights_begin_req_t)
    ENTRY(weights_begin, hil_weights_begin_t)
    ENTRY(weights_chunk_req, hil_weights_chunk_req_t)
    ENTRY(weights_chunk, hil_weights_chunk_t)
    ENTRY(weights_commit, hil_weights_commit_t)
    ENTRY(part_req, hil_part_req_t)
    ENTRY(part_info, hil_part_info_t)
    ENTRY(task_req, hil_task_req_t)
    ENTRY(push_req, hil_push_req_t)
    ENTRY(push, hil_push_t)
    ENTRY(classify, hil_classify_t)
    ENTRY(arena_req, hil_arena_req_t)
    ENTRY(attention_config, hil_attention_config_t)
    ENTRY(attention_req, hil_attention_req_t)
    ENTRY(attention, hil_attention_t)
    ENTRY(stream_open_req, hil_stream_open_req_t)
    ENTRY(stream_step_req, hil_stream_step_req_t)
    ENTRY(stream_step, hil_stream_step_t)
    ENTRY(stream_evict_req, hil_stream_evict_req_t)
    ENTRY(stream_evict, hil_stream_evict_t)
    ENTRY(head_open_req, hil_head_open_req_t)
    ENTRY(head_open, hil_head_open_t)
    ENTRY(head_push_req, hil_head_push_req_t)
    ENTRY(head_push, hil_head_push_t)
    ENTRY(observation, hil_observation_t)
    ENTRY(decision, hil_decision_t)
    ENTRY(switch_req, hil_switch_req_t)
    // clang-format on
};

static void append(agent_reply_t *reply, const void *data, size_t len)
{
    memcpy(reply->payload + reply->len, data, len);
    reply->len += len;
}

esp_err_t agent_layout_reply(uint16_t index, agent_reply_t *reply)
{
    if (index >= ARRAY_LEN(structs)) {
        return agent_fail(reply, ESP_ERR_NOT_FOUND, "index %u: the node knows %u structs", index,
                          (unsigned)ARRAY_LEN(structs));
    }
    const struct_t *described = &structs[index];
    const hil_layout_t header = {
        .total = ARRAY_LEN(structs),
        .index = index,
        .size = described->size,
        .n_fields = described->n_fields,
        .name_len = (uint8_t)strlen(described->name),
    };
    append(reply, &header, sizeof header);
    append(reply, described->name, header.name_len);
    for (size_t i = 0; i < described->n_fields; i++) {
        const field_t *field = &described->fields[i];
        const hil_layout_field_t entry = {field->offset, field->size, (uint8_t)strlen(field->name)};
        append(reply, &entry, sizeof entry);
        append(reply, field->name, entry.name_len);
    }
    return ESP_OK;
}
