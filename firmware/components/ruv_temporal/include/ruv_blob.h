// The .rvne weight blob, version 1: one model, little-endian, at any alignment.
//
//   0x00 u32 magic 0x52564E45    0x08 u16 input_dim     0x10 u16 n_layers
//   0x04 u16 version 1           0x0A u16 n_q_heads     0x12 u16 n_classes
//   0x06 u8  flags               0x0C u16 n_kv_heads    0x14 u32 weights_len (bytes)
//   0x07 u8  mlp_width M         0x0E u16 head_dim      0x18 …   weights area, then u32 crc32
//
// flags: bit 0 is the weights' ruv_dtype_t, bit 1 the ruv_pool_t. The others say what else there
// is: bit 2 scale and offset, bit 3 an MLP a layer, bit 4 the feed, bit 5 a stem, bit 6 a
// convolution; 7 must be clear. mlp_width is 0 without bit 3, and not looked at where bits 2 … 7
// are clear. Weights area: 8 bytes of feed (u8 kind, u8 spectrum_hop, u16 window_len, u32 0), 4 of
// stem (u8 taps K, u8 width S, u16 0), 4 of convolution (u8 taps L, u8 stride, u8 width E, u8 1
// with maxima), scale [F], offset [F], Wf [L*F, E], bf [E], Ws1 [K*D, S], bs1 [S], Ws2 [S, D], bs2
// [D]; per layer Wq [D, Hq*d], Wk [D, Hkv*d], Wv [D, Hkv*d], Wo [Hq*d, D], W1 [D, M], b1 [M], W2
// [M, D], b2 [D]; then Wc [D, n_classes], or with maxima [2*D, n_classes]; row-major, all but feed
// and sizes of the weights' type. F is input_dim, D is E, or F without a convolution. The crc32
// covers every byte before it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RUV_BLOB_MAGIC       0x52564E45u
#define RUV_BLOB_VERSION     1u
#define RUV_BLOB_HEADER_LEN  24u
#define RUV_BLOB_TRAILER_LEN 4u
#define RUV_MAX_TAPS         16u

typedef enum {
    RUV_DTYPE_F32 = 0,
    RUV_DTYPE_F16 = 1,
} ruv_dtype_t;

// How the classifier turns the window's token states into one: the newest token, or the mean.
typedef enum {
    RUV_POOL_LAST = 0,
    RUV_POOL_MEAN = 1,
} ruv_pool_t;

typedef enum {
    RUV_FEED_UNSAID,
    RUV_FEED_STATES,
    RUV_FEED_SPECTRA,
} ruv_feed_kind_t;

// What the model was trained on.
typedef struct {
    ruv_feed_kind_t kind;  // UNSAID: the blob does not say, and the others are 0
    uint32_t spectrum_hop; // bins from one spectrum to the next; at least 1 for spectra
    uint32_t window_len;   // frames, at least 1
} ruv_feed_t;

typedef struct {
    ruv_dtype_t dtype;
    ruv_pool_t pool;
    uint32_t input_dim; // of a frame
    uint32_t dim;       // of a token: conv_width, or input_dim
    uint32_t n_q_heads;
    uint32_t n_kv_heads;
    uint32_t head_dim;
    uint32_t n_layers;
    uint32_t n_classes;
    uint32_t mlp_width; // hidden units of each layer's MLP, 0: there is none
    bool input_affine;  // scale and offset
    uint32_t stem_taps; // tokens that the stem reads, at most RUV_MAX_TAPS; 0: there is none
    uint32_t stem_width;
    uint32_t conv_taps; // frames that the convolution reads, at most RUV_MAX_TAPS; 0: there is none
    uint32_t conv_stride; // frames a token, at most RUV_MAX_TAPS; 1 without a convolution
    uint32_t conv_width;
    bool max_pooling; // maxima behind the mean
    ruv_feed_t feed;
    const uint8_t *weights; // [weights_len], behind feed and sizes, any alignment
    uint32_t weights_len;   // bytes, without these
    uint32_t crc32;         // as stored, and verified
} ruv_blob_t;

// Checks `bytes` and describes it in `out`, which borrows from it. `out` is written only on ESP_OK.
// The first check that fails decides:
//   ESP_ERR_INVALID_ARG      null pointer
//   ESP_ERR_INVALID_SIZE     shorter than 28 bytes
//   ESP_ERR_INVALID_ARG      magic
//   ESP_ERR_INVALID_VERSION  version
//   ESP_ERR_INVALID_SIZE     len is not 28 + weights_len
//   ESP_ERR_INVALID_CRC      crc32
//   ESP_ERR_NOT_SUPPORTED    a reserved flag bit is set
//   ESP_ERR_INVALID_SIZE     zero dimension, n_q_heads % n_kv_heads, n_layers 0, n_classes < 2,
//                            mlp_width that the flags contradict, weights_len that is not what
//                            the shape implies, an invalid feed, stem or convolution
esp_err_t ruv_blob_parse(const uint8_t *bytes /*[len]*/, size_t len, ruv_blob_t *out);

#ifdef __cplusplus
}
#endif
