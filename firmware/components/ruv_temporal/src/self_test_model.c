// The whole model. The expected logits are those of a float64 evaluation of the definition in
// ruv_temporal.h, rounded to float32.

#include <math.h>
#include <string.h>

#include "classifier.h"
#include "crc32_ieee.h"
#include "ruv_numbers.h"
#include "self_test.h"

// Small, and yet with groups of heads, landmarks, tokens outside the window, and rows that are no
// multiple of a step. The convolution makes as many features as there were.
enum {
    N = 34,
    D = 5,
    HQ = 2,
    HKV = 1,
    HEAD = 3,
    LAYERS = 2,
    CLASSES = 3,
    HIDDEN = 5,
    TAPS = 3,
    STEM = 6,
    CONV_TAPS = 3,
    STRIDE = 2,
};
enum {
    OF_CONV = CONV_TAPS * D * D + D,
    OF_STEM = TAPS * D * STEM + STEM + STEM * D + D,
    OF_LAYER = 2 * D * HQ * HEAD + 2 * D * HKV * HEAD + 2 * D * HIDDEN + HIDDEN + D,
    WITHOUT_CONV = 2 * D + OF_STEM + LAYERS * OF_LAYER + D * CLASSES,
    WITH_CONV = WITHOUT_CONV + OF_CONV + D * CLASSES, // the maxima are classified too
    SIZES = 4,                                        // bytes that say the size of a part
    FLOAT16_AFFINE_MLP_STEM = 0x2D,
    MEAN_AND_CONV = 0x42,
};

// Numbers of two bytes are below 256; the length of the area is filled in.
// clang-format off
static const uint8_t header[RUV_BLOB_HEADER_LEN] = {
    0x45, 0x4E, 0x56, 0x52, RUV_BLOB_VERSION, 0, 0, HIDDEN,
    D, 0, HQ, 0, HKV, 0, HEAD, 0, LAYERS, 0, CLASSES, 0, 0, 0, 0, 0,
};
static const uint8_t sizes[2 * SIZES] = {TAPS, STEM, 0, 0, CONV_TAPS, STRIDE, D, 1};
// clang-format on

typedef struct {
    uint8_t flags;
    uint8_t sizes; // how many of these bytes there are
    uint16_t weights;
    float logits[CLASSES];
} known_model_t;

static const known_model_t last_token = {
    FLOAT16_AFFINE_MLP_STEM, SIZES, WITHOUT_CONV, {0.18667755f, 0.09660922f, 0.6535009f}};
static const known_model_t mean = {FLOAT16_AFFINE_MLP_STEM | MEAN_AND_CONV,
                                   2 * SIZES,
                                   WITH_CONV,
                                   {1.0889354f, -1.3934517f, 0.8226832f}};
static const float tolerance = 1e-6f;

// Returns its length.
static uint32_t make_blob(uint8_t *blob, const known_model_t *model)
{
    const uint32_t area = model->sizes + 2u * model->weights;
    memcpy(blob, header, sizeof header);
    memcpy(blob + sizeof header, sizes, model->sizes);
    blob[0x06] = model->flags;
    blob[0x14] = (uint8_t)area;
    blob[0x15] = (uint8_t)(area >> 8);
    uint8_t *at = blob + sizeof header + model->sizes;
    uint32_t seed = 4;
    for (uint32_t i = 0; i < model->weights; i++) {
        const uint16_t half = ruv_half_from_float(ruv_known_number(&seed) / 4.0f);
        *at++ = (uint8_t)half;
        *at++ = (uint8_t)(half >> 8);
    }
    const uint32_t crc = crc32_ieee(0, blob, sizeof header + area);
    for (uint32_t i = 0; i < RUV_BLOB_TRAILER_LEN; i++) {
        *at++ = (uint8_t)(crc >> 8 * i);
    }
    return (uint32_t)(at - blob);
}

static bool form_is_right(const ruv_blob_t *blob, ruv_form_t form, const float *expected,
                          void *memory, size_t bytes)
{
    ruv_classifier_t classifier;
    ruv_arena_t arena = ruv_arena_sizing();
    size_t needed;
    ruv_classifier_layout(&classifier, &arena, blob, N, form);
    if (ruv_arena_bytes(&arena, &needed) != ESP_OK || needed > bytes) {
        return false;
    }
    arena = ruv_arena_over(memory);
    ruv_classifier_layout(&classifier, &arena, blob, N, form);
    if (ruv_classifier_prepare(&classifier) != ESP_OK) {
        return false;
    }
    uint32_t seed = 5;
    for (uint32_t i = 0; i < N * D; i++) {
        classifier.frames[i] = ruv_known_number(&seed);
    }
    float logits[CLASSES];
    bool is_right = ruv_classifier_run(&classifier, N, logits) == ESP_OK;
    for (uint32_t c = 0; c < CLASSES; c++) {
        is_right = is_right && fabsf(logits[c] - expected[c]) <= tolerance;
    }
    return is_right;
}

static bool model_is_right(const known_model_t *model, uint8_t *memory)
{
    const uint32_t len = make_blob(memory, model);
    const size_t left = RUV_MODEL_SELF_TEST_BYTES - len;
    ruv_blob_t blob;
    return ruv_blob_parse(memory, len, &blob) == ESP_OK &&
           form_is_right(&blob, RUV_FORM_DIRECT, model->logits, memory + len, left) &&
           form_is_right(&blob, RUV_FORM_FOLDED, model->logits, memory + len, left);
}

bool ruv_model_self_test(void *memory)
{
    return model_is_right(&last_token, memory) && model_is_right(&mean, memory);
}
