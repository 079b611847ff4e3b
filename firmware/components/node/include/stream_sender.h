// Which packets leave the node, and how often.
#pragma once

#include <stdint.h>

#include "csi_frame.h"

typedef struct {
    uint16_t raw_every; // a raw CSI packet of every n-th frame; 0: none
} stream_rates_t;

void stream_sender_start(void); // default rates, every sequence from its beginning
void stream_sender_set_rates(const stream_rates_t *rates);
stream_rates_t stream_sender_rates(void);

void stream_sender_frame(const csi_frame_t *frame);

uint32_t stream_sender_raw_seq(void); // of the last raw CSI packet, 0: none yet
