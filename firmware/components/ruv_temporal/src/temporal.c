// The temporal head's C interface: checks, the one allocation, the ring, the classifier.

#include <stdlib.h>

#include "classifier.h"
#include "vector.h"

// The newest frames.
typedef struct {
    float *frames; // [capacity, width]
    uint32_t capacity;
    uint32_t width;
    uint32_t next;  // slot of the next frame; when full, that of the oldest
    uint32_t count; // frames held
} ring_t;

struct ruv_temporal_ctx {
    void *allocated; // the block that malloc gave, in which this struct lies aligned; or NULL
    ring_t ring;
    ruv_classifier_t classifier;
    float *logits; // [n_classes], so that the caller's are written only on success
};

// Everything but the struct itself.
static void layout(ruv_temporal_ctx_t *ctx, ruv_arena_t *arena, const ruv_blob_t *blob,
                   uint32_t window_len, ruv_form_t form)
{
    ctx->ring = (ring_t){
        .frames = ruv_arena_take(arena, ruv_product(window_len, blob->input_dim), sizeof(float)),
        .capacity = window_len,
        .width = blob->input_dim,
    };
    ctx->logits = ruv_arena_take(arena, blob->n_classes, sizeof(float));
    ruv_classifier_layout(&ctx->classifier, arena, blob, window_len, form);
}

// Parses the blob and finds how much memory the head takes.
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

typedef struct {
    const uint8_t *weights; // [weights_len]
    size_t weights_len;
    uint32_t input_dim;
    uint32_t window_len;
    uint32_t n_classes;
    ruv_form_t form;
} request_t;

// In `memory`, or in a block of its own where that is NULL.
static esp_err_t init(const request_t *asked, void *memory, size_t memory_len,
                      ruv_temporal_ctx_t **out_ctx)
{
    if (out_ctx == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    *out_ctx = NULL;
    ruv_blob_t blob;
    size_t bytes;
    esp_err_t err =
        plan(asked->weights, asked->weights_len, asked->window_len, asked->form, &blob, &bytes);
    if (err != ESP_OK) {
        return err;
    }
    if (blob.input_dim != asked->input_dim || blob.n_classes != asked->n_classes) {
        return ESP_ERR_INVALID_ARG;
    }
    if (memory != NULL && memory_len < bytes) {
        return ESP_ERR_INVALID_SIZE;
    }
    void *allocated = memory == NULL ? malloc(bytes) : NULL;
    if (memory == NULL && allocated == NULL) {
        return ESP_ERR_NO_MEM;
    }
    ruv_arena_t arena = ruv_arena_over(memory != NULL ? memory : allocated);
    ruv_temporal_ctx_t *ctx = ruv_arena_take(&arena, 1, sizeof *ctx);
    layout(ctx, &arena, &blob, asked->window_len, asked->form);
    ctx->allocated = allocated;
    err = ruv_classifier_prepare(&ctx->classifier);
    if (err != ESP_OK) {
        free(allocated);
        return err;
    }
    *out_ctx = ctx;
    return ESP_OK;
}

esp_err_t ruv_temporal_init_with(const uint8_t *weights, size_t weights_len, uint32_t input_dim,
                                 uint32_t window_len, uint32_t n_classes, ruv_form_t form,
                                 ruv_temporal_ctx_t **out_ctx)
{
    const request_t asked = {weights, weights_len, input_dim, window_len, n_classes, form};
    return init(&asked, NULL, 0, out_ctx);
}

esp_err_t ruv_temporal_init(const uint8_t *weights, size_t weights_len, uint32_t input_dim,
                            uint32_t window_len, uint32_t n_classes, ruv_temporal_ctx_t **out_ctx)
{
    return ruv_temporal_init_with(weights, weights_len, input_dim, window_len, n_classes,
                                  RUV_FORM_AUTO, out_ctx);
}

esp_err_t ruv_temporal_init_in(const uint8_t *weights, size_t weights_len, uint32_t input_dim,
                               uint32_t window_len, uint32_t n_classes, void *memory,
                               size_t memory_len, ruv_temporal_ctx_t **out_ctx)
{
    const request_t asked = {weights, weights_len, input_dim, window_len, n_classes, RUV_FORM_AUTO};
    if (memory == NULL || (uintptr_t)memory % RUV_TEMPORAL_ALIGNMENT != 0) {
        if (out_ctx != NULL) {
            *out_ctx = NULL;
        }
        return ESP_ERR_INVALID_ARG;
    }
    return init(&asked, memory, memory_len, out_ctx);
}

esp_err_t ruv_temporal_use_kernel(ruv_temporal_ctx_t *ctx, ruv_kernel_t kernel)
{
    if (ctx == NULL || (kernel != RUV_KERNEL_FAST && kernel != RUV_KERNEL_PLAIN)) {
        return ESP_ERR_INVALID_ARG;
    }
    ctx->classifier.config.kernel = kernel;
    return ESP_OK;
}

static void push(ring_t *ring, const float *frame /*[width]*/)
{
    ruv_copy(ring->frames + (size_t)ring->next * ring->width, frame, ring->width);
    ring->next = ring->next + 1 < ring->capacity ? ring->next + 1 : 0;
    ring->count += ring->count < ring->capacity ? 1 : 0;
}

// Copies the frames out, oldest first.
static void read_frames(const ring_t *ring, float *out /*[count, width]*/)
{
    const size_t width = ring->width;
    const uint32_t oldest = ring->count < ring->capacity ? 0 : ring->next;
    const size_t first = (ring->count - oldest) * width; // up to the end of the memory
    ruv_copy(out, ring->frames + oldest * width, first);
    ruv_copy(out + first, ring->frames, oldest * width);
}

esp_err_t ruv_temporal_push(ruv_temporal_ctx_t *ctx, const float *frame)
{
    if (ctx == NULL || frame == NULL || !ruv_all_finite(frame, ctx->ring.width)) {
        return ESP_ERR_INVALID_ARG;
    }
    push(&ctx->ring, frame);
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
    read_frames(&ctx->ring, ctx->classifier.frames);
    const esp_err_t err = ruv_classifier_run(&ctx->classifier, ctx->ring.count, ctx->logits);
    for (uint32_t c = 0; c < n_classes && err == ESP_OK; c++) {
        logits[c] = ctx->logits[c];
    }
    return err;
}

void ruv_temporal_reset(ruv_temporal_ctx_t *ctx)
{
    if (ctx != NULL) {
        ctx->ring.next = 0;
        ctx->ring.count = 0;
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
        free(ctx->allocated);
    }
}
