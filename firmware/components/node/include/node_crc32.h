#pragma once

#include <stddef.h>
#include <stdint.h>

// IEEE 802.3 CRC-32, zlib's: start with crc 0, feed the result back to go on.
uint32_t node_crc32(uint32_t crc, const void *data, size_t len);
