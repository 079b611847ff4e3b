// The layout word of a frame, from what the radio says of its reception.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// As ESP-IDF numbers them.
typedef enum {
    CSI_SECOND_NONE = 0,
    CSI_SECOND_ABOVE = 1,
    CSI_SECOND_BELOW = 2,
} csi_second_channel_t;

typedef enum {
    CSI_SIGNAL_LEGACY = 0,
    CSI_SIGNAL_HT = 1,
} csi_signal_t;

// Of a chip that stores up to three fields: ESP32, S2, S3, C3.
typedef struct {
    uint8_t secondary; // csi_second_channel_t
    uint8_t signal;    // csi_signal_t; what is neither is not told
    bool is_wide;      // 40 MHz
    bool is_stbc;
    bool first_word_invalid;
    uint8_t kept; // bit i: field i (LLTF, HT-LTF, second HT-LTF) is stored where a packet has it
} csi_reception_t;

uint16_t csi_layout_of_reception(const csi_reception_t *reception);

// Of a chip of MAC version 3 (C5, C61), which stores one field and does not say which: the number
// of pairs does.
uint16_t csi_layout_of_length(uint8_t secondary, uint32_t n_subcarriers, bool first_word_invalid);
