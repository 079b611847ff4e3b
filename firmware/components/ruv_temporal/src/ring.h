// The newest frames, in a ring.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct {
    float *frames; // [capacity, width]
    uint32_t capacity;
    uint32_t width;
    uint32_t next;  // slot of the next frame; when full, that of the oldest
    uint32_t count; // frames held
} ruv_ring_t;

// Copies a frame in, over the oldest when the ring is full.
void ruv_ring_push(ruv_ring_t *ring, const float *frame /*[width]*/);

// Copies the frames out, oldest first.
void ruv_ring_read(const ruv_ring_t *ring, float *out /*[count, width]*/);

void ruv_ring_reset(ruv_ring_t *ring);
