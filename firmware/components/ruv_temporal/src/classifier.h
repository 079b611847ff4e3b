// The model: input scale, convolution, stem, layers of attention and MLP over the frames of a
// window, pooling, and the output matrix. Its two forms (ruv_form_t) share everything but the
// layers.
#pragma once

#include "attend.h"
#include "needed_tokens.h"
#include "ruv_temporal_form.h"

// Keys and values of every token.
typedef struct {
    float *keys;         // [tokens, Hkv, d]
    float *values;       // [tokens, Hkv, d]
    float *block_keys;   // [blocks, Hkv, d]
    float *block_values; // [blocks, Hkv, d]
    float *w_in;         // [D, Hq*d] a decoded Wq, Wk or Wv
    float *w_out;        // [Hq*d, D] a decoded Wo
    float *heads;        // [RUV_LANES, Hq, d] queries, then outputs of the attention
} ruv_direct_t;

// Attention over the token states themselves, as both keys and values of one head of D floats.
typedef struct {
    float *to_query; // [layers, D, Hq*D] Wq_h Wk_h^T, for all heads h
    float *to_state; // [layers, Hq*D, D] Wv_h Wo_h
    float *block_x;  // [blocks, D] landmarks
    float *mixed;    // [RUV_LANES, Hq, D] queries, then weighted means of token states
    float *mean;     // [Hq, D] mean pooling: of `mixed` over the tokens
    float *heads;    // [Hq, d]; shares memory with `attend`
    float *row;      // [max(Hq*d, D)] a decoded row; shares memory with `attend`
} ruv_folded_t;

// The MLP of a layer, the stem or the convolution, each decoded if it cannot be read where it lies.
// Shares memory with what the attention needs.
typedef struct {
    float *w1;     // [D, M], [K*D, S], [L*F, E]
    float *b1;     // [M], [S], [E]
    float *w2;     // [M, D], [S, D]
    float *b2;     // [D]
    float *hidden; // [RUV_LANES, the larger of M and S]
} ruv_mlp_t;

typedef struct {
    ruv_blob_t blob;
    ruv_attention_config_t config;
    ruv_form_t form;   // never AUTO
    float *x;          // [tokens, D] states; a stem has stem_taps - 1 rows before them
    float *frames;     // [window_len, F]; a convolution has conv_taps - 1 rows before them, else x
    float *pooled;     // [D], with maxima [2, D]; at least [F]
    float *pool_lost;  // [D]; at least [F]
    uint32_t *globals; // [config.n_globals]
    ruv_needed_tokens_t needed;
    ruv_attend_scratch_t attend;
    ruv_mlp_t mlp;
    ruv_direct_t direct; // one of the two is in use
    ruv_folded_t folded;
} ruv_classifier_t;

// Chooses the form and takes the buffers.
void ruv_classifier_layout(ruv_classifier_t *classifier, ruv_arena_t *arena, const ruv_blob_t *blob,
                           uint32_t window_len, ruv_form_t form);

// To call once after the layout. ESP_ERR_INVALID_ARG: weights, or their products, are not finite.
esp_err_t ruv_classifier_prepare(ruv_classifier_t *classifier);

// Logits of the n >= 1 frames in classifier->frames, which are consumed. ESP_FAIL: they are not
// finite.
esp_err_t ruv_classifier_run(ruv_classifier_t *classifier, uint32_t n,
                             float *logits /*[n_classes]*/);
