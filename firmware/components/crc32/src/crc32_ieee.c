#include "crc32_ieee.h"

#define POLYNOMIAL 0xEDB88320u // IEEE 802.3, bit-reversed

// BIT: the remainder after one more bit. REMAINDER: that of the four bits of `nibble`.
#define BIT(r)            (((r) >> 1) ^ (((r)&1u) != 0u ? POLYNOMIAL : 0u))
#define REMAINDER(nibble) BIT(BIT(BIT(BIT(nibble##u))))

// The table is for four bits at a time: it takes 64 bytes instead of 1 KiB, at half the speed.
static const uint32_t remainders[16] = {
    REMAINDER(0),  REMAINDER(1),  REMAINDER(2),  REMAINDER(3),  REMAINDER(4),  REMAINDER(5),
    REMAINDER(6),  REMAINDER(7),  REMAINDER(8),  REMAINDER(9),  REMAINDER(10), REMAINDER(11),
    REMAINDER(12), REMAINDER(13), REMAINDER(14), REMAINDER(15),
};

uint32_t crc32_ieee(uint32_t crc, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ remainders[crc & 15u];
        crc = (crc >> 4) ^ remainders[crc & 15u];
    }
    return ~crc;
}
