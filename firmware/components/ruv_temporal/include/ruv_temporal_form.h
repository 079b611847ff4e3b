// A head whose way to compute is chosen by the caller. For tests and measurements: the node leaves
// the choice to ruv_temporal_init. Absent where the head is switched off.
#pragma once

#include "ruv_temporal.h"

// Two ways to compute the same function.
//   direct: keys and values of every token are formed and kept
//   folded: score = (x_i Wq Wk^T)·x_j and output = (sum of w_j x_j) Wv Wo, with the products of the
//           matrices formed once at init, so that keys and values never exist
// AUTO takes the one with fewer multiply-accumulates for a full window.
typedef enum {
    RUV_FORM_AUTO = 0,
    RUV_FORM_DIRECT = 1,
    RUV_FORM_FOLDED = 2,
} ruv_form_t;

// As the functions of ruv_temporal.h, with the form chosen by the caller.
esp_err_t ruv_temporal_init_with(const uint8_t *weights /*[weights_len]*/, size_t weights_len,
                                 uint32_t input_dim, uint32_t window_len, uint32_t n_classes,
                                 ruv_form_t form, ruv_temporal_ctx_t **out_ctx);
esp_err_t ruv_temporal_required_bytes_with(const uint8_t *weights /*[weights_len]*/,
                                           size_t weights_len, uint32_t window_len, ruv_form_t form,
                                           size_t *out_bytes);

// The form in use, never AUTO.
ruv_form_t ruv_temporal_form(const ruv_temporal_ctx_t *ctx);

// Which kernel computes from now on; RUV_KERNEL_FAST after init. Both take the same memory.
// ESP_ERR_INVALID_ARG: null pointer, or an unknown kernel.
esp_err_t ruv_temporal_use_kernel(ruv_temporal_ctx_t *ctx, ruv_kernel_t kernel);
