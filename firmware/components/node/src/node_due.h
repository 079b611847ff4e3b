// When the node's parts are due. Times are of the node's clock, in us.
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// True when `*next` is due; moves it on by one period, or past now when several were missed.
static inline bool take_due(uint64_t *next, uint64_t period_us, uint64_t now)
{
    if (now < *next) {
        return false;
    }
    *next += period_us;
    if (*next <= now) {
        *next = now + period_us;
    }
    return true;
}
