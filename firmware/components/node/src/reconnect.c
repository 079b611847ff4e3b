#include "reconnect.h"

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
