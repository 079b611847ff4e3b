// Which packets of channel state and features leave the node, and how often.
#pragma once

#include "csi_frame.h"
#include "edge_features.h"

typedef struct {
    uint16_t raw_every;        // a raw CSI packet of every n-th frame; 0: none
    uint16_t compressed_every; // a compressed one
    uint16_t vitals_ms;        // between edge vitals, and fused vitals where there is a sensor
    uint16_t vector_ms;        // between feature vectors
} stream_rates_t;

// Sequence numbers of the last packets, 0: none yet; for packets without one, their number.
typedef struct {
    uint32_t raw;
    uint32_t compressed;
    uint32_t vitals;
    uint32_t fused;
    uint32_t vector;
    uint32_t health;
} stream_counts_t;

void stream_sender_start(void); // default rates, every sequence from its beginning
void stream_sender_set_rates(const stream_rates_t *rates);
const stream_counts_t *stream_sender_counts(void);

void stream_sender_begin(void); // a source begins: the periods count from now
void stream_sender_end(void);   // nothing falls due any more

void stream_sender_frame(const csi_frame_t *frame);

// Sends what is due. `is_silent`: no frames come, so that nothing is known.
void stream_sender_run(const edge_features_t *seen, bool is_silent);
uint64_t stream_sender_next(void);

void stream_sender_health(void); // the mesh health message
