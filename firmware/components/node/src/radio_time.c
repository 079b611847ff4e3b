#include "radio_time.h"

uint64_t radio_stamp_us(radio_stamp_t *last, uint32_t stamp, uint64_t now_us)
{
    uint64_t time_us = now_us;
    if (last->has_last) {
        // signed, so that a frame that is handed over late has an earlier time
        const int32_t since = (int32_t)(stamp - last->stamp);
        const uint64_t expected = last->time_us + (uint64_t)(int64_t)since;
        const bool can_be = expected <= now_us && now_us - expected <= RADIO_STAMP_MAX_LATE_US;
        time_us = can_be ? expected : now_us;
    }
    *last = (radio_stamp_t){.has_last = true, .stamp = stamp, .time_us = time_us};
    return time_us;
}

uint32_t reconnect_delay_ms(uint32_t failures, uint32_t draw)
{
    if (failures == 0) {
        return 0;
    }
    uint32_t longest = RECONNECT_FIRST_MS;
    for (uint32_t i = 1; i < failures && longest < RECONNECT_MAX_MS; i++) {
        longest *= 2u;
    }
    longest = longest < RECONNECT_MAX_MS ? longest : RECONNECT_MAX_MS;
    return longest - draw % (longest / 2u + 1u);
}
