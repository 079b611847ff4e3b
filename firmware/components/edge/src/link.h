// One link's channel from frame to frame: exact in integers up to the angles.
#pragma once

#include "edge_state.h"

// What a frame is compared with the one before it.
typedef struct {
    int32_t common_re; // of the sum over the pairs of now · conj(before); below 2^14
    int32_t common_im;
    int32_t power;   // sum of I² + Q²
    float coherence; // 0..1: likeness of the two, whatever the common phase
} edge_step_t;

bool edge_link_same(const edge_link_t *link, const csi_frame_t *frame);
edge_link_t edge_link_of(const csi_frame_t *frame);

float edge_link_power(const csi_frame_t *frame); // sum of I² + Q²

// The frame starts a new link: nothing is known of its pairs.
void edge_link_open(edge_t *edge, const csi_frame_t *frame);

// The frame follows after a gap: its phase cannot be continued.
void edge_link_resume(edge_t *edge, const csi_frame_t *frame);

// The phases start anew with the next frame, and so do their variances.
void edge_link_forget_phases(edge_t *edge);

edge_step_t edge_link_compare(const edge_t *edge, const csi_frame_t *frame);

// Fills delta and takes over the frame's samples. Returns the power-weighted mean of delta², rad².
float edge_link_advance(edge_t *edge, const csi_frame_t *frame, const edge_step_t *step);

// Takes delta into deviation, variance and power. While somebody moves, deviations start anew with
// each frame and variances stand still.
void edge_link_learn(edge_t *edge, const csi_frame_t *frame);
