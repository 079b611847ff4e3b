// The parts of the edge features, and what they share.
#pragma once

#include "csi_layout.h"
#include "edge_features.h"

// ---- the front end: from frames of one link to bins ---------------------------------------------

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

// A new link, of which nothing is known.
void edge_front_open(edge_front_t *front, const csi_frame_t *frame, uint16_t basis);

// Nothing is known of the time that went by.
void edge_front_restart(edge_front_t *front);

// Completes the next bin before the one that holds `ts_us`; false where there is none. To be called
// until it is false, and front->bin taken each time, before edge_front_take.
bool edge_front_next(edge_front_t *front, uint64_t ts_us);

void edge_front_take(edge_front_t *front, const front_frame_t *frame, bool with_ratios);

// ---- movement: how much the amplitudes change at the pace of a body -----------------------------

void edge_movement_restart(edge_movement_t *movement);
void edge_movement_bin(edge_movement_t *movement, const edge_bin_t *bin);

// ---- the room: what it is like when empty, and what that makes of the present movement ----------

void edge_room_init(edge_room_t *room, uint32_t calibration_ms);
void edge_room_calibrate(edge_room_t *room); // from the next bin on

// What lies between now and before is not known.
void edge_room_interrupt(edge_room_t *room);

// The same, and the carriers are another link's.
void edge_room_relink(edge_room_t *room);

// Fills motion, presence, anomaly, env_shift, motion_energy, presence_score, presence_threshold,
// active and falls, and sets fall where one has begun. `breath`: breathing is valid.
void edge_room_bin(edge_room_t *room, const edge_movement_t *movement, bool breath,
                   edge_features_t *out);

// The room's bits of quality_flags.
uint16_t edge_room_flags(const edge_room_t *room, const edge_features_t *out);

// ---- rhythms: breathing and heartbeat in the amplitudes -----------------------------------------

void edge_rhythm_restart(edge_rhythm_t *rhythm);

// `moving`: a body's movement hides the rhythm.
void edge_rhythm_bin(edge_rhythm_t *rhythm, const edge_bin_t *bin, bool moving);

// ---- Doppler bands: how fast what is in the room changes the channel ----------------------------
//
// A spectrum is made every `every` bins of 20 ms from the last 64 bins. The power of each carrier's
// amplitude and of each ratio of two carriers, less its mean and in the window of Hann, is found at
// 1 to 32 times 50/64 Hz and averaged over the carriers; the values are the logarithms of eight
// bands of that. The work is spread over the bins until the next spectrum, at most
// EDGE_SPECTRUM_TURN.

void edge_spectrum_init(edge_spectrum_t *spectrum, uint32_t every);

// Nothing is known of what went by: the next spectrum comes when there are 64 bins again.
void edge_spectrum_restart(edge_spectrum_t *spectrum);

void edge_spectrum_bin(edge_spectrum_t *spectrum, const edge_bin_t *bin);

// ---- numbers ------------------------------------------------------------------------------------

// x limited to 0..1.
static inline float edge_unit(float x)
{
    return x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x;
}

// How many slots are in a mask.
static inline uint32_t edge_count(uint64_t mask)
{
    uint32_t n = 0;
    for (; mask; mask &= mask - 1u) {
        n++;
    }
    return n;
}

// Leaves x in ascending order.
void edge_sort(float *x /*[n]*/, uint32_t n);

// Of n >= 1 numbers, in any order; x is left sorted.
float edge_median(float *x /*[n]*/, uint32_t n);
