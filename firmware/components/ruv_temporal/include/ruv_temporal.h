// The temporal head: classifies the last window_len feature frames on the device.
//
// x[t] is frame t, oldest first, or frame · scale + offset where the blob has them; with a
// stem x += relu(c Ws1 + bs1) Ws2 + bs2, c being the last frames up to its own. Per layer:
// q = x Wq, k = x Wk, v = x Wv, a = attention(q, k, v) with ruv_attention_default_config(),
// x += a Wo; with an MLP, x += relu(x W1 + b1) W2 + b2. Then logits = pool(x) Wc.
// A head has one owner and no internal lock. ruv_temporal_init allocates once; nothing else
// allocates.
//
// Where the head is switched off the same functions exist, and those that can fail return
// ESP_ERR_NOT_SUPPORTED.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "ruv_attention.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ruv_temporal_ctx ruv_temporal_ctx_t;

#define RUV_TEMPORAL_ALIGNMENT 8u // of memory that a caller brings

// Checks the blob and makes a head that borrows `weights` until it is destroyed.
//   any error of ruv_blob_parse
//   ESP_ERR_INVALID_ARG   null pointer; input_dim or n_classes is not the blob's; window_len 0; a
//                         weight, or a product of weights that the folded form needs, is not finite
//   ESP_ERR_INVALID_SIZE  more memory than can be addressed
//   ESP_ERR_NO_MEM        the allocation failed
// On error *out_ctx is NULL.
esp_err_t ruv_temporal_init(const uint8_t *weights /*[weights_len]*/, size_t weights_len,
                            uint32_t input_dim, uint32_t window_len, uint32_t n_classes,
                            ruv_temporal_ctx_t **out_ctx);

// The same in memory of the caller's, which the head uses until it is destroyed; then it is the
// caller's again. There may be any number of heads, each in memory of its own.
// ruv_temporal_required_bytes tells how much is needed.
//   ESP_ERR_INVALID_ARG   also: `memory` is not a multiple of RUV_TEMPORAL_ALIGNMENT
//   ESP_ERR_INVALID_SIZE  also: `memory_len` is less than what is needed
esp_err_t ruv_temporal_init_in(const uint8_t *weights /*[weights_len]*/, size_t weights_len,
                               uint32_t input_dim, uint32_t window_len, uint32_t n_classes,
                               void *memory /*[memory_len]*/, size_t memory_len,
                               ruv_temporal_ctx_t **out_ctx);

// Bytes of memory that a head for this blob and window takes; the blob is checked as init does.
esp_err_t ruv_temporal_required_bytes(const uint8_t *weights /*[weights_len]*/, size_t weights_len,
                                      uint32_t window_len, size_t *out_bytes);

// Copies one frame into the ring, over the oldest when it is full. Does not depend on window_len.
// ESP_ERR_INVALID_ARG: null pointer, or a NaN or infinity in the frame; the ring is unchanged.
esp_err_t ruv_temporal_push(ruv_temporal_ctx_t *ctx, const float *frame /*[input_dim]*/);

// Forward over the frames in the ring.
//   ESP_ERR_INVALID_ARG    null pointer, n_classes is not the blob's
//   ESP_ERR_INVALID_STATE  no frame yet
//   ESP_FAIL               frames and weights so large that a layer left the range of float32
// `logits` is written only on ESP_OK.
esp_err_t ruv_temporal_classify(ruv_temporal_ctx_t *ctx, float *logits /*[n_classes]*/,
                                uint32_t n_classes);

// Empties the ring.
void ruv_temporal_reset(ruv_temporal_ctx_t *ctx);

// Frames now in the ring, 0 … window_len.
uint32_t ruv_temporal_frames(const ruv_temporal_ctx_t *ctx);

// NULL is fine.
void ruv_temporal_destroy(ruv_temporal_ctx_t *ctx);

// Computes small cases whose answers are known (CRC, float16, exp, attention over a sequence, one
// token at a time, and with scores far beyond the range of exp; models with input scale, stem,
// MLPs, convolution and maxima, in both forms and with both poolings). ESP_FAIL when one is wrong.
// Not reentrant: it works in static memory.
esp_err_t ruv_temporal_kernel_self_test(void);

#ifdef __cplusplus
}
#endif
