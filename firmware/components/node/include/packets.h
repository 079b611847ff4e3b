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

// Bits of flags of edge vitals and fused vitals.
enum {
    VITALS_PRESENCE = 1 << 0,
    VITALS_FALL = 1 << 1,
    VITALS_MOTION = 1 << 2,
    VITALS_MMWAVE = 1 << 3,  // of fused vitals: the sensor has been heard
    VITALS_UNKNOWN = 1 << 7, // no channel state for 3 s: nobody knows, the rest says nothing
};

#define WIRE_LIST "packet_list.h"
#include "wire_struct_types.h"

_Static_assert(sizeof(packet_raw_csi_frame_t) == 20, "raw CSI frame header");
_Static_assert(sizeof(packet_edge_vitals_t) == 32, "edge vitals");
_Static_assert(sizeof(packet_feature_vector_t) == 48, "feature vector");
_Static_assert(sizeof(packet_fused_vitals_t) == 48, "fused vitals");
_Static_assert(sizeof(packet_compressed_csi_t) == 10, "compressed CSI header");
_Static_assert(sizeof(packet_feature_state_t) == 60, "feature state");
_Static_assert(sizeof(packet_temporal_classification_t) == 40, "temporal classification");
_Static_assert(sizeof(packet_mesh_envelope_t) == 16, "mesh envelope header");
_Static_assert(sizeof(packet_mesh_health_t) == 28, "mesh health payload");
