// Compressed CSI: what differs from one carrier to the next, Rice coded.
//
// The data is a coding byte, and for CSI_CODING_RICE bits, from the highest of each byte down. The
// frame is taken pair by pair in the order it is stored in. A pair is left out of the coding when
//   - it is (0, 0): with CSI_ZEROS_AS_BEFORE exactly where it was (0, 0) in the frame before, else
//     as stated by runs in front of the pairs that they cover: coded, zero, coded ... in turn. The
//     length of a run (of the first one plus 1) is an Elias gamma code.
//   - it is one of the first two, and CSI_FIRST_AS_BEFORE says that these are as they were: some
//     radios put something there that is no channel.
// Of every other pair both bytes are coded, each as its difference d from that byte of the coded
// pair before (of zeros, for the first one), modulo 256 and as int8: u = 2 d, or -2 d - 1 where d
// is negative. In front of every CSI_RICE_BLOCK coded pairs stand 3 bits, k. u is u >> k ones, a
// zero, and the k low bits of u; or, where that were eight ones and more, eight ones and u itself
// in 8 bits. The last byte is filled up with zeros.
// Worst case: CSI_CODING_RAW and the bytes as they are, where the coding would be longer.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

#define CSI_CODING_RAW      0xF8u
#define CSI_CODING_RICE     0xFCu
#define CSI_ZEROS_AS_BEFORE 0x01u // flags of CSI_CODING_RICE, only where there is a frame before
#define CSI_FIRST_AS_BEFORE 0x02u
#define CSI_RICE_BLOCK      32u

#define CSI_COMPRESSED_MAX(len) ((len) + 1u)

// Errors of both, with *out_len 0 and `out` in no particular state:
//   ESP_ERR_INVALID_ARG   null pointer (`prev` may be null: a key frame)
//   ESP_ERR_INVALID_SIZE  `len` is odd, or beyond 2 CSI_MAX_PAIRS; more than `cap` bytes;
//                         csi_expand: the data does not give exactly `len` bytes
//   ESP_ERR_NOT_SUPPORTED csi_expand: another coding, or one that needs a frame before
esp_err_t csi_compress(const uint8_t *prev /*[len]*/, const uint8_t *now /*[len]*/, size_t len,
                       uint8_t *out /*[cap]*/, size_t cap, size_t *out_len);

// The inverse: writes `len` bytes. `out` may be `prev`.
esp_err_t csi_expand(const uint8_t *prev /*[len]*/, const uint8_t *data /*[data_len]*/,
                     size_t data_len, uint8_t *out /*[len]*/, size_t len);
