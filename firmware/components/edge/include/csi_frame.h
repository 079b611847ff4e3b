// One frame of channel state, as the radio or its stand-in delivers it.
#pragma once

#include <stdint.h>

#define CSI_MAX_PAIRS 1024u // 4 antennas of 256 subcarriers

// The frame borrows `iq`; nothing keeps it beyond the call it is given to.
typedef struct {
    uint64_t ts_us;
    uint8_t mac[6];
    uint8_t channel;
    uint8_t n_antennas;
    uint16_t n_subcarriers;
    uint16_t layout;    // what the pairs mean, csi_layout.h; 0: unknown
    int8_t rssi;        // dBm
    int8_t noise_floor; // dBm
    const int8_t *iq;   // [n_antennas * n_subcarriers][2] imaginary, real
} csi_frame_t;
