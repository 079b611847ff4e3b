#include "ring.h"

#include "vector.h"

void ruv_ring_push(ruv_ring_t *ring, const float *frame)
{
    ruv_copy(ring->frames + (size_t)ring->next * ring->width, frame, ring->width);
    ring->next = ring->next + 1 < ring->capacity ? ring->next + 1 : 0;
    ring->count += ring->count < ring->capacity ? 1 : 0;
}

void ruv_ring_read(const ruv_ring_t *ring, float *out)
{
    const size_t width = ring->width;
    const uint32_t oldest = ring->count < ring->capacity ? 0 : ring->next;
    const size_t first = (ring->count - oldest) * width; // up to the end of the memory
    ruv_copy(out, ring->frames + oldest * width, first);
    ruv_copy(out + first, ring->frames, oldest * width);
}

void ruv_ring_reset(ruv_ring_t *ring)
{
    ring->next = 0;
    ring->count = 0;
}
