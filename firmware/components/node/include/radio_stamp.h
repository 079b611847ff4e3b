// When a frame was received, on the node's clock: the radio stamps it with a 32-bit count of
// microseconds of its own, and hands it over a while later.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RADIO_STAMP_MAX_LATE_US 200000u // a frame that seems to be older: the radio began anew

typedef struct {
    bool has_last;
    uint32_t stamp;   // of the last frame
    uint64_t time_us; // its time on the node's clock
} radio_stamp_t;

// Never later than now, and as far from the last frame as the radio says. The radio's zero is taken
// from the frames that were handed over soonest.
uint64_t radio_stamp_us(radio_stamp_t *last, uint32_t stamp, uint64_t now_us);
