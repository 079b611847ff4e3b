// Capture: what a source of channel state (the radio's callback, mock_csi, a recording) hands over
// is checked, filtered, thinned to 100 frames a second and kept in a ring until the node takes it.
#pragma once

#include <stdbool.h>

#include "csi_frame.h"

#define CSI_RING_FRAMES    8u     // a power of two
#define CSI_GATE_PERIOD_US 10000u // 100 Hz

typedef struct {
    uint32_t received;    // by csi_collector_receive
    uint32_t accepted;    // into the ring; the others are in exactly one of the next six
    uint32_t zero_length; // no pairs
    uint32_t oversized;   // more than CSI_MAX_PAIRS
    uint32_t filtered;    // of another sender
    uint32_t gated;       // sooner than the gate allows
    uint32_t dropped;     // the ring was full
    int8_t rssi;          // of the last accepted frame, and the extremes; dBm
    int8_t rssi_min;
    int8_t rssi_max;
    int8_t noise_floor;
} csi_counters_t;

// An empty ring, no filter, every counter zero. Not to be called while a source is running.
void csi_collector_reset(void);

// Only frames of this sender are taken. NULL: those of all senders.
void csi_collector_filter(const uint8_t *mac /*[6]*/);

// From one thread at a time, which need not be the node's. Copies the frame; never blocks.
void csi_collector_receive(const csi_frame_t *frame);

// The oldest frame, NULL when there is none. It stays until it is released.
const csi_frame_t *csi_collector_peek(void);
void csi_collector_release(void);

uint32_t csi_collector_depth(void);

// Stands for a node that is too busy: while it is on, csi_collector_peek finds nothing.
void csi_collector_hold(bool on);

void csi_collector_counters(csi_counters_t *out);
