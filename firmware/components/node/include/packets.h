// The wire packets: what a node sends, little-endian and packed, one datagram each.
// Floats are IEEE 754 binary32. A packet's crc32 covers everything before it.
#pragma once

#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the wire structs are laid over memory as they are: a little-endian machine is needed"
#endif

#define PACKET_MAGIC_RAW_CSI_FRAME           0xC5110001u
#define PACKET_MAGIC_EDGE_VITALS             0xC5110002u
#define PACKET_MAGIC_FEATURE_VECTOR          0xC5110003u
#define PACKET_MAGIC_FUSED_VITALS            0xC5110004u
#define PACKET_MAGIC_COMPRESSED_CSI          0xC5110005u
#define PACKET_MAGIC_FEATURE_STATE           0xC5110006u
#define PACKET_MAGIC_TEMPORAL_CLASSIFICATION 0xC5110007u
#define PACKET_MAGIC_MESH_ENVELOPE           0xC5118100u

#define PACKET_TEMPORAL_VERSION 1u

#define PACKET_VECTOR_FALL 6u // the feature that is 1 after a fall, else 0

#define PACKET_KEY_FRAME   0x8000u // coded without the frame before
#define PACKET_NUMBER_MASK 0x7FFFu // frames are counted modulo 2^15

#define PACKET_PACKED __attribute__((packed))

// Followed by n_antennas * n_subcarriers pairs of int8 I, Q.
typedef struct PACKET_PACKED {
    uint32_t magic;
    uint8_t node_id;
    uint8_t n_antennas;
    uint16_t n_subcarriers;
    uint32_t freq_mhz;
    uint32_t seq;
    int8_t rssi;        // dBm
    int8_t noise_floor; // dBm
    uint16_t layout;    // of the pairs, csi_layout.h; 0: not told
} packet_raw_csi_frame_t;
_Static_assert(sizeof(packet_raw_csi_frame_t) == 20, "raw CSI frame header");

// Bits of flags of edge vitals and fused vitals.
enum {
    VITALS_PRESENCE = 1 << 0,
    VITALS_FALL = 1 << 1,
    VITALS_MOTION = 1 << 2,
    VITALS_MMWAVE = 1 << 3,  // of fused vitals: the sensor has been heard
    VITALS_UNKNOWN = 1 << 7, // no channel state for 3 s: nobody knows, the rest says nothing
};

typedef struct PACKET_PACKED {
    uint32_t magic;
    uint8_t node_id;
    uint8_t flags; // VITALS_*
    uint16_t breathing_bpm_x100;
    uint32_t heart_bpm_x10000;
    int8_t rssi;
    uint8_t n_persons;
    uint8_t reserved[2];
    float motion_energy;
    float presence_score;
    uint32_t timestamp_ms;
    uint32_t reserved2;
} packet_edge_vitals_t;
_Static_assert(sizeof(packet_edge_vitals_t) == 32, "edge vitals");

typedef struct PACKET_PACKED {
    uint32_t magic;
    uint8_t node_id;
    uint8_t reserved;
    uint16_t seq;
    int64_t timestamp_us;
    float features[8]; // as edge_features_t has them; a fall since the vector before
} packet_feature_vector_t;
_Static_assert(sizeof(packet_feature_vector_t) == 48, "feature vector");

typedef struct PACKET_PACKED {
    uint32_t magic;
    uint8_t node_id;
    uint8_t flags; // VITALS_*
    uint16_t breathing_bpm_x100;
    uint32_t heart_bpm_x10000;
    int8_t rssi;
    uint8_t n_persons;
    uint8_t mmwave_type;
    uint8_t fusion_confidence; // 0..100
    float motion_energy;
    float presence_score;
    uint32_t timestamp_ms;
    float mmwave_hr_bpm;
    float mmwave_br_bpm;
    float mmwave_distance_cm;
    uint8_t mmwave_targets;
    uint8_t mmwave_confidence; // 0..100
    uint16_t reserved;
    uint32_t reserved2;
} packet_fused_vitals_t;
_Static_assert(sizeof(packet_fused_vitals_t) == 48, "fused vitals");

// Followed by compressed_len bytes: two that hold the frame's number and whether it is a key frame
// (PACKET_KEY_FRAME), then what csi_codec.h makes of the pairs.
typedef struct PACKET_PACKED {
    uint32_t magic;
    uint8_t node_id;
    uint8_t channel;
    uint16_t original_len;
    uint16_t compressed_len;
} packet_compressed_csi_t;
_Static_assert(sizeof(packet_compressed_csi_t) == 10, "compressed CSI header");

typedef struct PACKET_PACKED {
    uint32_t magic;
    uint8_t node_id;
    uint8_t mode; // capture profile
    uint16_t seq;
    uint64_t ts_us;
    float motion_score;   // 0..1
    float presence_score; // 0..1
    float respiration_bpm;
    float respiration_conf; // 0..1
    float heartbeat_bpm;
    float heartbeat_conf;  // 0..1
    float anomaly_score;   // 0..1
    float env_shift_score; // 0..1
    float node_coherence;  // 0..1
    uint16_t quality_flags;
    uint16_t reserved;
    uint32_t crc32;
} packet_feature_state_t;
_Static_assert(sizeof(packet_feature_state_t) == 60, "feature state");

// Bits of quality_flags.
enum {
    QUALITY_PRESENCE_VALID = 1 << 0,
    QUALITY_RESPIRATION_VALID = 1 << 1,
    QUALITY_HEARTBEAT_VALID = 1 << 2,
    QUALITY_ANOMALY_TRIGGERED = 1 << 3,
    QUALITY_ENVIRONMENT_SHIFT = 1 << 4,
    QUALITY_DEGRADED_MODE = 1 << 5,
    QUALITY_CALIBRATING = 1 << 6,
    QUALITY_RECALIBRATION_RECOMMENDED = 1 << 7,
    QUALITY_MOVEMENT_AND_BREATH_ONLY = 1 << 8, // presence is of these: who does neither is not seen
    QUALITY_HEART_UNPROVEN = 1 << 9,           // the heart rate was never shown on a body
};

typedef struct PACKET_PACKED {
    uint32_t magic;
    uint16_t version;
    uint16_t n_classes;
    uint8_t node_id;
    uint8_t feed; // what the head was fed with: 0 states, 1 spectra
    uint8_t reserved[2];
    uint64_t ts_us;
    uint32_t seq; // starts at 1
    uint8_t argmax;
    uint8_t reserved2[3];
    float top_logit;
    float top1_minus_top2;
    uint32_t crc32;
} packet_temporal_classification_t;
_Static_assert(sizeof(packet_temporal_classification_t) == 40, "temporal classification");

// Followed by payload_len bytes and a crc32 over header and payload.
typedef struct PACKET_PACKED {
    uint32_t magic;
    uint8_t version;
    uint8_t type;
    uint8_t sender_role;
    uint8_t auth_class;
    uint32_t epoch;
    uint16_t payload_len;
    uint16_t reserved;
} packet_mesh_envelope_t;
_Static_assert(sizeof(packet_mesh_envelope_t) == 16, "mesh envelope header");

typedef struct PACKET_PACKED {
    uint8_t node_id[8];
    uint64_t local_time_us;
    uint8_t role;
    uint8_t channel;
    uint8_t bandwidth_mhz;
    int8_t noise_floor; // dBm
    uint16_t pkt_yield;
    uint16_t sync_error_us;
    uint16_t flags;
    uint16_t reserved;
} packet_mesh_health_t;
_Static_assert(sizeof(packet_mesh_health_t) == 28, "mesh health payload");
