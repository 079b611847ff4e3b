// The fields of edge_features_t that the host is told, in the order in which they are told.
#pragma once

// clang-format off
#define HIL_EDGE_FEATURES(FIELD, ARRAY)                                                         \
    FIELD(uint64_t, ts_us)           /* of the frame */                                         \
    FIELD(float, motion)                                                                        \
    FIELD(float, presence)                                                                      \
    FIELD(float, respiration_bpm)                                                               \
    FIELD(float, respiration_conf)                                                              \
    FIELD(float, heartbeat_bpm)                                                                 \
    FIELD(float, heartbeat_conf)                                                                \
    FIELD(float, anomaly)                                                                       \
    FIELD(float, env_shift)                                                                     \
    FIELD(float, coherence)                                                                     \
    FIELD(float, motion_energy)      /* change of the amplitudes relative to their mean */      \
    FIELD(float, presence_score)     /* the same, as it is compared with the threshold */       \
    FIELD(float, presence_threshold) /* 0 while calibrating */                                  \
    FIELD(uint8_t, active)                                                                      \
    FIELD(uint8_t, fall)                                                                        \
    FIELD(uint8_t, n_persons)                                                                   \
    FIELD(uint16_t, quality_flags)                                                              \
    ARRAY(float, vector, 8)                                                                     \
    ARRAY(float, spectrum, 16)       /* the last one */                                         \
    FIELD(uint32_t, spectra)         /* this and the rest: counted since the source began */    \
    FIELD(uint32_t, frames)          /* not refused: used, or counted in one of the next four */ \
    FIELD(uint32_t, late)                                                                       \
    FIELD(uint32_t, duplicates)                                                                 \
    FIELD(uint32_t, faint)                                                                      \
    FIELD(uint32_t, other_basis)     /* on other carriers than the link is watched on */        \
    FIELD(uint32_t, refused)                                                                    \
    FIELD(uint32_t, plain)           /* of an unknown layout */                                 \
    FIELD(uint32_t, relinks)         /* changes of sender, channel or carriers */               \
    FIELD(uint32_t, gaps)                                                                       \
    FIELD(uint32_t, falls)
// clang-format on
