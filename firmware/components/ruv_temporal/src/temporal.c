// The temporal head's C interface: checks, the one allocation, the ring, the classifier.

#include "ruv_temporal.h"

#include <stdlib.h>

#include "arena.h"
#include "classifier.h"
#include "ring.h"
#include "ruv_blob.h"
#include "vector.h"

struct ruv_temporal_ctx {
    void *block; // what malloc gave; this struct lies in it, aligned
    ruv_ring_t ring;
    ruv_classifier_t classifier;
    float *logits; // [n_classes], so that the caller's are written only on success
};

// Everything but the struct itself.
static void layout(ruv_temporal_ctx_t *ctx, ruv_arena_t *arena, const ruv_blob_t *blob,
                   uint32_t window_len, ruv_form_t form)
{
    ctx->ring = (ruv_ring_t){
        .frames = ruv_arena_take(arena, ruv_product(window_len, blob->input_dim), sizeof(float)),
        .capacity = window_len,
        .width = blob->input_dim,
    };
    ctx->logits = ruv_arena_take(arena, blob->n_classes, sizeof(float));
    ruv_classifier_layout(&ctx->classifier, arena, blob, window_len, form);
}

// Parses the blob and finds the size of the block for the head.
static esp_err_t plan(const uint8_t *weights, size_t weights_len, uint32_t window_len,
                      ruv_form_t form, ruv_blob_t *blob, size_t *bytes)
{
    const esp_err_t err = ruv_blob_parse(weights, weights_len, blob);
    if (err != ESP_OK) {
        return err;
    }
    if (window_len == 0 ||
        (form != RUV_FORM_AUTO && form != RUV_FORM_DIRECT && form != RUV_FORM_FOLDED)) {
        return ESP_ERR_INVALID_ARG;
    }
    ruv_arena_t arena = ruv_arena_sizing();
    ruv_temporal_ctx_t ctx;
    (void)ruv_arena_take(&arena, 1, sizeof ctx);
    layout(&ctx, &arena, blob, window_len, form);
    return ruv_arena_bytes(&arena, bytes);
}

esp_err_t ruv_temporal_required_bytes_with(const uint8_t *weights, size_t weights_len,
                                           uint32_t window_len, ruv_form_t form, size_t *out_bytes)
{
    if (out_bytes == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    ruv_blob_t blob;
    return plan(weights, weights_len, window_len, form, &blob, out_bytes);
}

esp_err_t ruv_temporal_required_bytes(const uint8_t *weights, size_t weights_len,
                                      uint32_t window_len, size_t *out_bytes)
{
    return ruv_temporal_required_bytes_with(weights, weights_len, window_len, RUV_FORM_AUTO,
                                            out_bytes);
}

esp_err_t ruv_temporal_init_with(const uint8_t *weights, size_t weights_len, uint32_t input_dim,
                                 uint32_t window_len, uint32_t n_classes, ruv_form_t form,
                                 ruv_temporal_ctx_t **out_ctx)
{
    if (out_ctx == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    *out_ctx = NULL;
    ruv_blob_t blob;
    size_t bytes;
    esp_err_t err = plan(weights, weights_len, window_len, form, &blob, &bytes);
    if (err != ESP_OK) {
        return err;
    }
    if (blob.input_dim != input_dim || blob.n_classes != n_classes) {
        return ESP_ERR_INVALID_ARG;
    }
    void *block = malloc(bytes);
    if (block == NULL) {
        return ESP_ERR_NO_MEM;
    }
    ruv_arena_t arena = ruv_arena_over(block);
    ruv_temporal_ctx_t *ctx = ruv_arena_take(&arena, 1, sizeof *ctx);
    layout(ctx, &arena, &blob, window_len, form);
    ctx->block = block;
    err = ruv_classifier_prepare(&ctx->classifier);
    if (err != ESP_OK) {
        free(block);
        return err;
    }
    *out_ctx = ctx;
    return ESP_OK;
}

esp_err_t ruv_temporal_init(const uint8_t *weights, size_t weights_len, uint32_t input_dim,
                            uint32_t window_len, uint32_t n_classes, ruv_temporal_ctx_t **out_ctx)
{
    return ruv_temporal_init_with(weights, weights_len, input_dim, window_len, n_classes,
                                  RUV_FORM_AUTO, out_ctx);
}

esp_err_t ruv_temporal_use_kernel(ruv_temporal_ctx_t *ctx, ruv_kernel_t kernel)
{
    if (ctx == NULL || (kernel != RUV_KERNEL_FAST && kernel != RUV_KERNEL_PLAIN)) {
        return ESP_ERR_INVALID_ARG;
    }
    ctx->classifier.config.kernel = kernel;
    return ESP_OK;
}

esp_err_t ruv_temporal_push(ruv_temporal_ctx_t *ctx, const float *frame)
{
    if (ctx == NULL || frame == NULL || !ruv_all_finite(frame, ctx->ring.width)) {
        return ESP_ERR_INVALID_ARG;
    }
    ruv_ring_push(&ctx->ring, frame);
    return ESP_OK;
}

esp_err_t ruv_temporal_classify(ruv_temporal_ctx_t *ctx, float *logits, uint32_t n_classes)
{
    if (ctx == NULL || logits == NULL || n_classes != ctx->classifier.blob.n_classes) {
        return ESP_ERR_INVALID_ARG;
    }
    if (ctx->ring.count == 0) {
        return ESP_ERR_INVALID_STATE;
    }
    ruv_ring_read(&ctx->ring, ctx->classifier.frames);
    const esp_err_t err = ruv_classifier_run(&ctx->classifier, ctx->ring.count, ctx->logits);
    for (uint32_t c = 0; c < n_classes && err == ESP_OK; c++) {
        logits[c] = ctx->logits[c];
    }
    return err;
}

void ruv_temporal_reset(ruv_temporal_ctx_t *ctx)
{
    if (ctx != NULL) {
        ruv_ring_reset(&ctx->ring);
    }
}

uint32_t ruv_temporal_frames(const ruv_temporal_ctx_t *ctx)
{
    return ctx != NULL ? ctx->ring.count : 0;
}

ruv_form_t ruv_temporal_form(const ruv_temporal_ctx_t *ctx)
{
    return ctx != NULL ? ctx->classifier.form : RUV_FORM_AUTO;
}

void ruv_temporal_destroy(ruv_temporal_ctx_t *ctx)
{
    if (ctx != NULL) {
        free(ctx->block);
    }
}
