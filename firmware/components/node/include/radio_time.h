// Times that a Wi-Fi port has to find: when a frame was received, and how long a station waits
// before it tries to join its network again.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RADIO_STAMP_MAX_LATE_US                                                                    \
    200000u // a frame that seems to be older: the radio's count began anew

// A radio stamps each frame with a 32-bit count of microseconds of its own, and hands it over a
// while later.
typedef struct {
    bool has_last;
    uint32_t stamp;   // of the last frame
    uint64_t time_us; // its time on the node's clock
} radio_stamp_t;

// When the frame was received, on the node's clock: never later than now, and as long after the
// last frame as the radio says. The radio's zero is taken from the frames that were handed over
// soonest.
uint64_t radio_stamp_us(radio_stamp_t *last, uint32_t stamp, uint64_t now_us);

#define RECONNECT_FIRST_MS 250u
#define RECONNECT_MAX_MS   30000u

// The wait after so many failures in a row; 0: none. It is twice as long each time, up to the
// maximum, and drawn from the upper half of that, so that nodes that lost the same network do not
// all come back at once.
uint32_t reconnect_delay_ms(uint32_t failures, uint32_t draw);
