// Sparse attention over a whole sequence.
//
// Symbols: N tokens, Hq query heads, Hkv key/value heads (Hkv divides Hq), d head_dim,
// W window, B block_size. Query head h reads key/value head h / (Hq / Hkv).
// Token i attends, with one softmax weight each, to
//   - the tokens i-W … i (causal) or i-W … i+W, clipped to the sequence
//   - every global token inside the sequence (causal: not after i)
//   - log stride: the tokens i - 2^p, and i + 2^p when not causal
//   - landmarks (mean key, mean value) of blocks of B tokens: causal, the newest two complete
//     blocks; not causal, the neighbours of i's own block; and log strides over the blocks
// Scores are q·k / sqrt(d). Any finite float32 input gives a finite output.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

// Two ways to compute the same function. They round differently, within the same error budget.
typedef enum {
    RUV_KERNEL_FAST = 0,  // tiles in registers
    RUV_KERNEL_PLAIN = 1, // one candidate after the other, the definition as loops
} ruv_kernel_t;

typedef struct {
    uint32_t window;     // W, tokens to either side; any value; it costs no memory
    uint32_t block_size; // B, tokens a landmark stands for; not 0
    const uint32_t
        *global_tokens; // [n_globals] positions; repeats and those beyond the sequence are ignored
    uint32_t n_globals;
    bool causal;
    bool use_log_stride;
    bool use_landmarks;
    ruv_kernel_t kernel;
} ruv_attention_config_t;

typedef struct {
    uint32_t n_tokens;
    uint32_t n_q_heads;
    uint32_t n_kv_heads;
    uint32_t head_dim;
} ruv_attention_shape_t;

// The model's attention: W 32, B 16, causal, global token 0, log stride and landmarks.
ruv_attention_config_t ruv_attention_default_config(void);

// Errors of every function below:
//   ESP_ERR_INVALID_ARG   null pointer; block_size 0; global_tokens null with n_globals > 0; an
//                         unknown kernel; a NaN or infinity in q, k or v
//   ESP_ERR_INVALID_SIZE  a zero head count or head_dim; Hkv does not divide Hq; sizes that no
//                         memory could hold; a scratch buffer that is too small
// Nothing is written when an error is returned.

// Bytes of scratch memory that ruv_attention_forward needs: the landmarks (N/B rows of keys and of
// values) and a fixed part; it grows neither with W nor with N*N.
esp_err_t ruv_attention_scratch_bytes(const ruv_attention_config_t *config,
                                      const ruv_attention_shape_t *shape, size_t *out);

// out[i] = softmax-weighted mean of the values that token i sees. `scratch` may have any alignment.
// n_tokens 0 is ESP_OK and writes nothing.
esp_err_t ruv_attention_forward(const ruv_attention_config_t *config,
                                const ruv_attention_shape_t *shape, const float *q /*[N, Hq, d]*/,
                                const float *k /*[N, Hkv, d]*/, const float *v /*[N, Hkv, d]*/,
                                float *out /*[N, Hq, d]*/, void *scratch, size_t scratch_len);

// The number of candidates of all tokens of a sequence of n, in closed form.
esp_err_t ruv_attention_edges(const ruv_attention_config_t *config, uint32_t n, uint64_t *out);

#ifdef __cplusplus
}
#endif
