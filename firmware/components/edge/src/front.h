// The front end: from frames of one link to bins.
#pragma once

#include "csi_frame.h"
#include "csi_layout.h"
#include "edge_features.h"

// What a frame is to the bins.
typedef enum {
    FRONT_USED = 0,
    FRONT_LATE,
    FRONT_DUPLICATE,
    FRONT_FAINT,
    FRONT_OTHER_BASIS,
} front_verdict_t;

// What a frame changes besides; bits.
enum {
    FRONT_RELINK = 1 << 0, // another link, or the link on other carriers
    FRONT_GAP = 1 << 1,    // time cannot be continued
    FRONT_PLAIN = 1 << 2,  // its layout is not known
};

// A frame as the bins take it.
typedef struct {
    uint64_t ts_us;
    uint64_t mask;            // slots that hold a carrier
    float amp[EDGE_SLOTS];    // counts; 0 outside the mask
    int16_t z[EDGE_SLOTS][2]; // (re, im) of a slot's first carrier
} front_frame_t;

// Looks at a frame without taking it: `*changes` are the bits above, to be acted on where the
// verdict is FRONT_USED.
front_verdict_t edge_front_look(const edge_front_t *front, const csi_frame_t *frame,
                                const csi_carriers_t *carriers, front_frame_t *out,
                                uint32_t *changes);

// Nothing is known of the link, or of the time that went by.
void edge_front_open(edge_front_t *front, const csi_frame_t *frame, uint16_t basis);
void edge_front_restart(edge_front_t *front);

// Completes the next bin before the one that holds `ts_us`; false where there is none. To be called
// until it is false, and front->bin taken each time, before edge_front_take.
bool edge_front_next(edge_front_t *front, uint64_t ts_us);

void edge_front_take(edge_front_t *front, const front_frame_t *frame, bool with_ratios);
