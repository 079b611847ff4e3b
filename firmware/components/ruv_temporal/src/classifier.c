#include "classifier.h"

#include <string.h>

#include "classifier_parts.h"
#include "profile.h"
#include "vector.h"
#include "weights.h"

// A stem or a convolution reads `taps` rows up to its own: there are rows ahead of the first for
// it.
static float *take_rows(ruv_arena_t *arena, uint64_t rows, uint32_t taps, uint32_t width)
{
    const uint32_t ahead = taps != 0 ? taps - 1 : 0;
    float *taken = ruv_arena_take(arena, ruv_product(ruv_sum(rows, ahead), width), sizeof(float));
    return taken != NULL ? taken + (size_t)ahead * width : NULL;
}

// How many tokens n frames make.
static uint32_t tokens_of(const ruv_blob_t *blob, uint32_t n)
{
    return (uint32_t)(((uint64_t)n + blob->conv_stride - 1) / blob->conv_stride);
}

void ruv_classifier_layout(ruv_classifier_t *classifier, ruv_arena_t *arena, const ruv_blob_t *blob,
                           uint32_t window_len, ruv_form_t form)
{
    const ruv_attention_config_t config = ruv_attention_default_config();
    const uint32_t tokens = tokens_of(blob, window_len), dim = blob->dim;
    const uint64_t pooled = blob->max_pooling ? 2 * (uint64_t)dim : dim;
    *classifier = (ruv_classifier_t){
        .blob = *blob,
        .config = config,
        .form = form == RUV_FORM_AUTO ? ruv_cheaper_form(blob, tokens) : form,
        .x = take_rows(arena, tokens, blob->stem_taps, dim),
        .pooled = ruv_arena_take(arena, ruv_larger(pooled, blob->input_dim), sizeof(float)),
        .pool_lost = ruv_arena_take(arena, ruv_larger(dim, blob->input_dim), sizeof(float)),
        .globals = ruv_arena_take(arena, config.n_globals, sizeof(uint32_t)),
    };
    classifier->frames = classifier->x;
    if (blob->conv_taps != 0) {
        classifier->frames = take_rows(arena, window_len, blob->conv_taps, blob->input_dim);
    }
    ruv_needed_tokens_layout(&classifier->needed, arena, blob->n_layers, tokens);
    if (classifier->form == RUV_FORM_DIRECT) {
        ruv_direct_layout(classifier, arena, tokens);
    } else {
        ruv_folded_layout(classifier, arena, tokens);
    }
}

esp_err_t ruv_classifier_prepare(ruv_classifier_t *classifier)
{
    if (!ruv_weights_finite(&classifier->blob)) {
        return ESP_ERR_INVALID_ARG;
    }
    return classifier->form == RUV_FORM_FOLDED ? ruv_folded_prepare(classifier) : ESP_OK;
}

// x0 = frame · scale + offset. The two are decoded into buffers that are free until the pooling.
static void scale_frames(const ruv_classifier_t *classifier, uint32_t n)
{
    const ruv_blob_t *blob = &classifier->blob;
    const ruv_matrix_t scales = ruv_weights(blob, 0, RUV_SCALE);
    const ruv_matrix_t offsets = ruv_weights(blob, 0, RUV_OFFSET);
    const float *scale = ruv_matrix_floats(&scales, classifier->pooled);
    const float *offset = ruv_matrix_floats(&offsets, classifier->pool_lost);
    RUV_MARK(RUV_PHASE_PROJECT, (uint64_t)n * blob->input_dim);
    for (uint32_t i = 0; i < n; i++) {
        ruv_scale_and_add(classifier->frames + (size_t)i * blob->input_dim, scale, offset,
                          blob->input_dim);
    }
    RUV_MARK(RUV_PHASE_OTHER, 0);
}

esp_err_t ruv_classifier_run(ruv_classifier_t *classifier, uint32_t n, float *logits)
{
    const uint32_t tokens = tokens_of(&classifier->blob, n);
    const ruv_pattern_t pattern = ruv_pattern(&classifier->config, tokens, classifier->globals);
    RUV_MARK(RUV_PHASE_CANDIDATES, 0);
    ruv_needed_tokens_find(&classifier->needed, &pattern, classifier->blob.pool == RUV_POOL_LAST,
                           classifier->attend.runs);
    RUV_MARK(RUV_PHASE_OTHER, 0);
    if (classifier->blob.input_affine) {
        scale_frames(classifier, n);
    }
    ruv_conv_run(classifier, n, tokens);
    ruv_stem_run(classifier, tokens);
    if (classifier->form == RUV_FORM_DIRECT) {
        ruv_direct_run(classifier, &pattern);
    } else {
        ruv_folded_run(classifier, &pattern);
    }
    const ruv_matrix_t wc = ruv_weights(&classifier->blob, 0, RUV_WC);
    RUV_MARK(RUV_PHASE_PROJECT, (uint64_t)wc.rows * wc.columns);
    memset(logits, 0, wc.columns * sizeof *logits);
    for (uint32_t r = 0; r < wc.rows; r++) {
        for (uint32_t c = 0; c < wc.columns; c++) {
            logits[c] += classifier->pooled[r] * ruv_matrix_element(&wc, r, c);
        }
    }
    return ruv_all_finite(logits, wc.columns) ? ESP_OK : ESP_FAIL;
}
