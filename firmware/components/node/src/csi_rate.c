#include "csi_rate.h"

#include <stdbool.h>
#include <string.h>

#define SECOND_US 1000000u
#define KEPT      256u // more than the gate lets through in two seconds
#define SMOOTHING 16   // a running mean is over about so many frames

static struct {
    uint64_t times[KEPT]; // ring
    uint32_t frames;
    int32_t mean_us;  // of the spacing, times SMOOTHING; 0: none yet
    int32_t error_us; // times SMOOTHING
} rate;

void csi_rate_start(void)
{
    memset(&rate, 0, sizeof rate);
}

static void take_spacing(uint64_t spacing_us)
{
    if (spacing_us > SECOND_US) {
        return; // a pause says nothing about the frame clock
    }
    const int32_t spacing = (int32_t)spacing_us;
    if (rate.mean_us == 0) {
        rate.mean_us = spacing * SMOOTHING;
        return;
    }
    const int32_t off = spacing - rate.mean_us / SMOOTHING;
    rate.mean_us += off;
    rate.error_us += (off < 0 ? -off : off) - rate.error_us / SMOOTHING;
}

void csi_rate_frame(uint64_t ts_us)
{
    if (rate.frames > 0) {
        take_spacing(ts_us - rate.times[(rate.frames - 1u) % KEPT]);
    }
    rate.times[rate.frames++ % KEPT] = ts_us;
}

// The n-th last frame's timestamp.
static uint64_t time_of(uint32_t n)
{
    return rate.times[(rate.frames - 1u - n) % KEPT];
}

static uint16_t frames_since(uint64_t now_us, uint64_t span_us)
{
    const uint32_t kept = rate.frames < KEPT ? rate.frames : KEPT;
    uint16_t n = 0;
    while (n < kept && time_of(n) + span_us > now_us) {
        n++;
    }
    return n;
}

uint16_t csi_rate_yield(uint64_t now_us)
{
    return frames_since(now_us, SECOND_US);
}

float csi_rate_hz(uint64_t now_us)
{
    const uint32_t n = frames_since(now_us, 2u * SECOND_US);
    const uint64_t span = n < 2u ? 0 : time_of(0) - time_of(n - 1u);
    return span > 0 ? (float)(n - 1u) * 1e6f / (float)span : 0.0f;
}

uint16_t csi_rate_error_us(void)
{
    const int32_t error = rate.error_us / SMOOTHING;
    return (uint16_t)(error < UINT16_MAX ? error : UINT16_MAX);
}
