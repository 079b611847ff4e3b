// Compressed CSI: a frame's bytes XORed with the frame before it, then run-length coded.
//
// The XOR is a sequence of tokens, each a control byte c and what belongs to it:
//   c = 0..127    c + 1 bytes follow, as they are
//   c = 128..255  a run of c - 126 (2 to 129) times the one byte that follows
// Worst case: one control byte in 128, so a frame of n bytes takes at most
// CSI_COMPRESSED_MAX(n) = n + ceil(n / 128).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CSI_COMPRESSED_MAX(len) ((len) + ((len) + 127u) / 128u)

// Errors of both, with *out_len 0 and `out` in no particular state:
//   ESP_ERR_INVALID_ARG   null pointer (`prev` may be null: zeros, the first frame of a stream)
//   ESP_ERR_INVALID_SIZE  more than `cap` bytes; csi_expand: the data ends within a token, or does
//                         not give exactly `len` bytes
esp_err_t csi_compress(const uint8_t *prev /*[len]*/, const uint8_t *now /*[len]*/, size_t len,
                       uint8_t *out /*[cap]*/, size_t cap, size_t *out_len);

// The inverse: writes `len` bytes. `out` may be `prev`.
esp_err_t csi_expand(const uint8_t *prev /*[len]*/, const uint8_t *data /*[data_len]*/,
                     size_t data_len, uint8_t *out /*[len]*/, size_t len);

#ifdef __cplusplus
}
#endif
