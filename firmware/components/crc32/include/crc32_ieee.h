// CRC-32 of IEEE 802.3, zlib's: of blobs, packets, lines and records.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Start with crc 0; feed the result back to go on.
uint32_t crc32_ieee(uint32_t crc, const void *data /*[len]*/, size_t len);
