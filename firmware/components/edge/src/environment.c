#include <math.h>
#include <string.h>

#include "room_parts.h"

#define RECENT_SHARE 0.002f // of a bin: ten seconds

void edge_profile_learn(edge_profile_t *profile, const edge_movement_t *movement)
{
    profile->learnt = profile->bins == 0 ? movement->used : profile->learnt & movement->used;
    const float share = 1.0f / (float)++profile->bins;
    for (uint32_t b = 0; b < EDGE_MOVEMENT_BANDS; b++) {
        profile->empty[b] += share * (movement->smooth[b] - profile->empty[b]);
    }
}

void edge_profile_forget(edge_profile_t *profile)
{
    memset(profile, 0, sizeof *profile);
}

void edge_profile_interrupt(edge_profile_t *profile)
{
    profile->begun = false;
}

void edge_profile_bin(edge_profile_t *profile, const edge_movement_t *movement)
{
    if (!profile->begun) {
        memcpy(profile->recent, movement->smooth, sizeof profile->recent);
        profile->begun = true;
    }
    for (uint32_t b = 0; b < EDGE_MOVEMENT_BANDS; b++) {
        profile->recent[b] += RECENT_SHARE * (movement->smooth[b] - profile->recent[b]);
    }
}

float edge_profile_shift(const edge_profile_t *profile, const edge_movement_t *movement)
{
    const uint32_t shared = profile->learnt & movement->used;
    float sum = 0.0f;
    uint32_t n = 0;
    for (uint32_t b = 0; b < EDGE_MOVEMENT_BANDS; b++) {
        if (shared >> b & 1u) {
            sum += fabsf(profile->recent[b] - profile->empty[b]);
            n++;
        }
    }
    const float shift = n > 0 ? 0.5f * sum / (float)n : 0.0f;
    return shift < 1.0f ? shift : 1.0f;
}
