// What the bytes of a frame of channel state mean: which pair is which carrier.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "csi_layout_list.h"
#include "esp_err.h"

// The layout word of a frame. 0 in the low byte: the row is unknown.
#define CSI_LAYOUT_ROW_MASK      0x00FFu
#define CSI_LAYOUT_ABSENT(field) (0x0100u << (field)) // the row's field 0 to 2 was not stored
#define CSI_LAYOUT_FIRST_INVALID 0x8000u              // the first four bytes are no channel data
#define CSI_LAYOUT_RESERVED_MASK 0x7800u

#define CSI_ROW_FIELDS 3u // at most
#define CSI_MAX_RUNS   2u

#define CSI_BASIS_ENTRY(name, number) CSI_BASIS_##name = number,
typedef enum {
    CSI_BASIS_LIST(CSI_BASIS_ENTRY)
} csi_basis_t;
#undef CSI_BASIS_ENTRY

#define CSI_ROW_ENTRY(number, name, stbc, a, b, c) CSI_ROW_##name = number,
typedef enum {
    CSI_ROW_NONE,
    CSI_ROW_LIST(CSI_ROW_ENTRY)
} csi_row_t;
#undef CSI_ROW_ENTRY

// `count` neighbouring pairs, the first of them `carrier`.
typedef struct {
    uint16_t pair;
    int16_t carrier;
    uint16_t count;
} csi_run_t;

// The carriers of a frame's first antenna, rising; nulls and words that are no channel data are
// left out. Frames of one basis can be compared carrier by carrier. A basis of CSI_BASIS_PLAIN plus
// the number of pairs: what they are is unknown, and they are taken in the order they are stored
// in.
typedef struct {
    uint16_t basis;
    uint8_t row; // CSI_ROW_NONE: plain
    uint8_t n_runs;
    csi_run_t runs[CSI_MAX_RUNS];
    // A second field holds each of these carriers again, so many pairs further on and from the same
    // antenna; the sum of the two amplitudes has twice the resolution. 0: there is none.
    uint16_t again;
} csi_carriers_t;

// Where the word names no row, it is found from the number of pairs and from where nulls lie.
//   ESP_ERR_INVALID_SIZE   no pair, too many, or not as many as the row has
//   ESP_ERR_NOT_SUPPORTED  a row that does not exist, or bits of no meaning
//   ESP_ERR_INVALID_ARG    no row and no pairs
esp_err_t csi_layout_carriers(uint16_t layout, uint32_t n_subcarriers,
                              const int8_t *iq /*[n_subcarriers or more][2], may be NULL*/,
                              csi_carriers_t *out);

// ---- the layout word, from what a radio says of its reception -----------------------------------

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
    uint8_t signal;    // csi_signal_t; with any other value the row is unknown
    bool is_wide;      // 40 MHz
    bool is_stbc;
    bool first_word_invalid;
    uint8_t kept; // bit i: field i (LLTF, HT-LTF, second HT-LTF) is stored where a packet has it
} csi_reception_t;

uint16_t csi_layout_of_reception(const csi_reception_t *reception);

// Of a chip of MAC version 3 (C5, C61), which stores one field and does not say which: the number
// of pairs does.
uint16_t csi_layout_of_length(uint8_t secondary, uint32_t n_subcarriers, bool first_word_invalid);
