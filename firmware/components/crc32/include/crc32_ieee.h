// The CRC-32 of IEEE 802.3, which zlib has too. Blobs, packets, lines and records are checked by
// it.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The CRC of the bytes before and of these. crc: 0 at the beginning, then the last result.
uint32_t crc32_ieee(uint32_t crc, const void *data /*[len]*/, size_t len);
