// What `layout` reports: name, size and every field's offset and size of the wire structs, as this
// compiler laid them out. A field that is missing here breaks the build.
#include <string.h>

#include "agent.h"
#include "layout_lists.h"
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
DESCRIBE(raw_csi_frame, packet_raw_csi_frame_t, RAW_CSI_FRAME)
DESCRIBE(edge_vitals, packet_edge_vitals_t, EDGE_VITALS)
DESCRIBE(feature_vector, packet_feature_vector_t, FEATURE_VECTOR)
DESCRIBE(fused_vitals, packet_fused_vitals_t, FUSED_VITALS)
DESCRIBE(compressed_csi, packet_compressed_csi_t, COMPRESSED_CSI)
DESCRIBE(feature_state, packet_feature_state_t, FEATURE_STATE)
DESCRIBE(temporal_classification, packet_temporal_classification_t, TEMPORAL_CLASSIFICATION)
DESCRIBE(mesh_envelope, packet_mesh_envelope_t, MESH_ENVELOPE)
DESCRIBE(mesh_health, packet_mesh_health_t, MESH_HEALTH)
DESCRIBE(hello_req, hil_hello_req_t, HELLO_REQ)
DESCRIBE(hello, hil_hello_t, HELLO)
DESCRIBE(layout_req, hil_layout_req_t, LAYOUT_REQ)
DESCRIBE(layout, hil_layout_t, LAYOUT)
DESCRIBE(layout_field, hil_layout_field_t, LAYOUT_FIELD)
DESCRIBE(status, hil_status_t, STATUS)
DESCRIBE(restore_req, hil_restore_req_t, RESTORE_REQ)
DESCRIBE(advance_req, hil_advance_req_t, ADVANCE_REQ)
DESCRIBE(time, hil_time_t, TIME)
DESCRIBE(kind_req, hil_kind_req_t, KIND_REQ)
DESCRIBE(setting_req, hil_setting_req_t, SETTING_REQ)
DESCRIBE(setting_info_req, hil_setting_info_req_t, SETTING_INFO_REQ)
DESCRIBE(setting_info, hil_setting_info_t, SETTING_INFO)
DESCRIBE(settings, hil_settings_t, SETTINGS)
DESCRIBE(partition, hil_partition_t, PARTITION)
DESCRIBE(boot_report, hil_boot_report_t, BOOT_REPORT)
DESCRIBE(weights_begin_req, hil_weights_begin_req_t, WEIGHTS_BEGIN_REQ)
DESCRIBE(weights_begin, hil_weights_begin_t, WEIGHTS_BEGIN)
DESCRIBE(weights_chunk_req, hil_weights_chunk_req_t, WEIGHTS_CHUNK_REQ)
DESCRIBE(weights_chunk, hil_weights_chunk_t, WEIGHTS_CHUNK)
DESCRIBE(weights_commit, hil_weights_commit_t, WEIGHTS_COMMIT)
DESCRIBE(part_req, hil_part_req_t, PART_REQ)
DESCRIBE(part_info, hil_part_info_t, PART_INFO)
DESCRIBE(task_req, hil_task_req_t, TASK_REQ)
DESCRIBE(push_req, hil_push_req_t, PUSH_REQ)
DESCRIBE(push, hil_push_t, PUSH)
DESCRIBE(classify, hil_classify_t, CLASSIFY)
DESCRIBE(arena_req, hil_arena_req_t, ARENA_REQ)
DESCRIBE(attention_config, hil_attention_config_t, ATTENTION_CONFIG)
DESCRIBE(attention_req, hil_attention_req_t, ATTENTION_REQ)
DESCRIBE(attention, hil_attention_t, ATTENTION)
DESCRIBE(stream_open_req, hil_stream_open_req_t, STREAM_OPEN_REQ)
DESCRIBE(stream_step_req, hil_stream_step_req_t, STREAM_STEP_REQ)
DESCRIBE(stream_step, hil_stream_step_t, STREAM_STEP)
DESCRIBE(stream_evict_req, hil_stream_evict_req_t, STREAM_EVICT_REQ)
DESCRIBE(stream_evict, hil_stream_evict_t, STREAM_EVICT)
DESCRIBE(head_open_req, hil_head_open_req_t, HEAD_OPEN_REQ)
DESCRIBE(head_open, hil_head_open_t, HEAD_OPEN)
DESCRIBE(head_push_req, hil_head_push_req_t, HEAD_PUSH_REQ)
DESCRIBE(head_push, hil_head_push_t, HEAD_PUSH)
DESCRIBE(head_null, hil_head_null_t, HEAD_NULL)
DESCRIBE(profile, hil_profile_t, PROFILE)
DESCRIBE(observation, hil_observation_t, OBSERVATION)
DESCRIBE(decision, hil_decision_t, DECISION)
DESCRIBE(switch_req, hil_switch_req_t, SWITCH_REQ)
DESCRIBE(mock_req, hil_mock_req_t, MOCK_REQ)
DESCRIBE(csi_status, hil_csi_status_t, CSI_STATUS)
DESCRIBE(csi_filter_req, hil_csi_filter_req_t, CSI_FILTER_REQ)
DESCRIBE(csi_hop_req, hil_csi_hop_req_t, CSI_HOP_REQ)
DESCRIBE(csi_frame_req, hil_csi_frame_req_t, CSI_FRAME_REQ)
DESCRIBE(csi_feed_req, hil_csi_feed_req_t, CSI_FEED_REQ)
DESCRIBE(stream_rates_req, hil_stream_rates_req_t, STREAM_RATES_REQ)
DESCRIBE(mmwave_req, hil_mmwave_req_t, MMWAVE_REQ)
DESCRIBE(edge_features, hil_edge_features_t, EDGE_FEATURES)
DESCRIBE(sense_status, hil_sense_status_t, SENSE_STATUS)
DESCRIBE(edge_open_req, hil_edge_open_req_t, EDGE_OPEN_REQ)
DESCRIBE(edge_open, hil_edge_open_t, EDGE_OPEN)
DESCRIBE(edge_frame, hil_edge_frame_t, EDGE_FRAME)
DESCRIBE(edge_push_req, hil_edge_push_req_t, EDGE_PUSH_REQ)
DESCRIBE(edge_push, hil_edge_push_t, EDGE_PUSH)
DESCRIBE(edge_result, hil_edge_result_t, EDGE_RESULT)
DESCRIBE(edge_log_req, hil_edge_log_req_t, EDGE_LOG_REQ)
DESCRIBE(edge_fft_req, hil_edge_fft_req_t, EDGE_FFT_REQ)
DESCRIBE(edge_bin, hil_edge_bin_t, EDGE_BIN)
DESCRIBE(csi_carriers_req, hil_csi_carriers_req_t, CSI_CARRIERS_REQ)
DESCRIBE(csi_question, hil_csi_question_t, CSI_QUESTION)
DESCRIBE(csi_carriers, hil_csi_carriers_t, CSI_CARRIERS)
DESCRIBE(csi_reception_req, hil_csi_reception_req_t, CSI_RECEPTION_REQ)
DESCRIBE(csi_reception, hil_csi_reception_t, CSI_RECEPTION)
DESCRIBE(radio_stamps_req, hil_radio_stamps_req_t, RADIO_STAMPS_REQ)
DESCRIBE(radio_stamp, hil_radio_stamp_t, RADIO_STAMP)
DESCRIBE(reconnect_req, hil_reconnect_req_t, RECONNECT_REQ)
DESCRIBE(reconnect, hil_reconnect_t, RECONNECT)
DESCRIBE(traffic_req, hil_traffic_req_t, TRAFFIC_REQ)
DESCRIBE(traffic_step, hil_traffic_step_t, TRAFFIC_STEP)
DESCRIBE(traffic, hil_traffic_t, TRAFFIC)
DESCRIBE(csi_compress_req, hil_csi_compress_req_t, CSI_COMPRESS_REQ)
DESCRIBE(csi_compress, hil_csi_compress_t, CSI_COMPRESS)
DESCRIBE(csi_expand_req, hil_csi_expand_req_t, CSI_EXPAND_REQ)
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
    ENTRY(setting_info_req, hil_setting_info_req_t)
    ENTRY(setting_info, hil_setting_info_t)
    ENTRY(settings, hil_settings_t)
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
    ENTRY(head_null, hil_head_null_t)
    ENTRY(profile, hil_profile_t)
    ENTRY(observation, hil_observation_t)
    ENTRY(decision, hil_decision_t)
    ENTRY(switch_req, hil_switch_req_t)
    ENTRY(mock_req, hil_mock_req_t)
    ENTRY(csi_status, hil_csi_status_t)
    ENTRY(csi_filter_req, hil_csi_filter_req_t)
    ENTRY(csi_hop_req, hil_csi_hop_req_t)
    ENTRY(csi_frame_req, hil_csi_frame_req_t)
    ENTRY(csi_feed_req, hil_csi_feed_req_t)
    ENTRY(stream_rates_req, hil_stream_rates_req_t)
    ENTRY(mmwave_req, hil_mmwave_req_t)
    ENTRY(edge_features, hil_edge_features_t)
    ENTRY(sense_status, hil_sense_status_t)
    ENTRY(edge_open_req, hil_edge_open_req_t)
    ENTRY(edge_open, hil_edge_open_t)
    ENTRY(edge_frame, hil_edge_frame_t)
    ENTRY(edge_push_req, hil_edge_push_req_t)
    ENTRY(edge_push, hil_edge_push_t)
    ENTRY(edge_result, hil_edge_result_t)
    ENTRY(edge_log_req, hil_edge_log_req_t)
    ENTRY(edge_fft_req, hil_edge_fft_req_t)
    ENTRY(edge_bin, hil_edge_bin_t)
    ENTRY(csi_carriers_req, hil_csi_carriers_req_t)
    ENTRY(csi_question, hil_csi_question_t)
    ENTRY(csi_carriers, hil_csi_carriers_t)
    ENTRY(csi_reception_req, hil_csi_reception_req_t)
    ENTRY(csi_reception, hil_csi_reception_t)
    ENTRY(radio_stamps_req, hil_radio_stamps_req_t)
    ENTRY(radio_stamp, hil_radio_stamp_t)
    ENTRY(reconnect_req, hil_reconnect_req_t)
    ENTRY(reconnect, hil_reconnect_t)
    ENTRY(traffic_req, hil_traffic_req_t)
    ENTRY(traffic_step, hil_traffic_step_t)
    ENTRY(traffic, hil_traffic_t)
    ENTRY(csi_compress_req, hil_csi_compress_req_t)
    ENTRY(csi_compress, hil_csi_compress_t)
    ENTRY(csi_expand_req, hil_csi_expand_req_t)
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
