// The whole model. The expected logits are those of a float64 evaluation of the definition in
// ruv_temporal.h, rounded to float32.

#include <math.h>
#include <string.h>

#include "classifier.h"
#include "crc32_ieee.h"
#include "ruv_half.h"
#include "self_test.h"

// Small, and yet with groups of heads, landmarks, and rows that are no multiple of a step.
enum {
    N = 18,
    D = 5,
    HQ = 2,
    HKV = 1,
    HEAD = 3,
    LAYERS = 2,
    CLASSES = 3,
    HIDDEN = 5,
    TAPS = 3,
    STEM = 6,
};
enum {
    OF_STEM = TAPS * D * STEM + STEM + STEM * D + D,
    OF_LAYER = 2 * D * HQ * HEAD + 2 * D * HKV * HEAD + 2 * D * HIDDEN + HIDDEN + D,
    WEIGHTS = 2 * D + OF_STEM + LAYERS * OF_LAYER + D * CLASSES,
    AREA = 4 + 2 * WEIGHTS, // the stem's size, and float16
    BLOB = RUV_BLOB_HEADER_LEN + AREA + RUV_BLOB_TRAILER_LEN,
};
enum {
    FLAGS = 0x2D,
    MEAN = 0x02
}; // float16, input scale and offset, MLP, stem

// Header and the stem's size; what is little-endian is below 256 but for the area's length.
// clang-format off
static const uint8_t head_of_blob[RUV_BLOB_HEADER_LEN + 4] = {
    0x45, 0x4E, 0x56, 0x52, RUV_BLOB_VERSION, 0, FLAGS, HIDDEN,
    D, 0, HQ, 0, HKV, 0, HEAD, 0, LAYERS, 0, CLASSES, 0,
    AREA & 0xFF, AREA >> 8, 0, 0,
    TAPS, STEM, 0, 0,
};
// clang-format on

static const float tolerance = 1e-6f;
static const float last_token[CLASSES] = {0.2238623f, 0.38537967f, 0.9512568f};
static const float mean[CLASSES] = {0.16866133f, 0.11847534f, 0.29537144f};

static void make_blob(uint8_t *blob /*[BLOB]*/, uint8_t flags)
{
    memcpy(blob, head_of_blob, sizeof head_of_blob);
    blob[0x06] = flags;
    uint8_t *at = blob + sizeof head_of_blob;
    uint32_t seed = 4;
    for (uint32_t i = 0; i < WEIGHTS; i++) {
        const uint16_t half = ruv_half_from_float(ruv_known_number(&seed) / 4.0f);
        *at++ = (uint8_t)half;
        *at++ = (uint8_t)(half >> 8);
    }
    const uint32_t crc = crc32_ieee(0, blob, BLOB - RUV_BLOB_TRAILER_LEN);
    for (uint32_t i = 0; i < RUV_BLOB_TRAILER_LEN; i++) {
        *at++ = (uint8_t)(crc >> 8 * i);
    }
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
        classifier.x[i] = ruv_known_number(&seed);
    }
    float logits[CLASSES];
    bool is_right = ruv_classifier_run(&classifier, N, logits) == ESP_OK;
    for (uint32_t c = 0; c < CLASSES; c++) {
        is_right = is_right && fabsf(logits[c] - expected[c]) <= tolerance;
    }
    return is_right;
}

bool ruv_model_self_test(void *memory)
{
    uint8_t *bytes = memory;
    for (uint32_t pool = 0; pool < 2; pool++) {
        make_blob(bytes, pool == 0 ? FLAGS : FLAGS | MEAN);
        const float *expected = pool == 0 ? last_token : mean;
        const size_t left = RUV_MODEL_SELF_TEST_BYTES - BLOB;
        ruv_blob_t blob;
        if (ruv_blob_parse(bytes, BLOB, &blob) != ESP_OK ||
            !form_is_right(&blob, RUV_FORM_DIRECT, expected, bytes + BLOB, left) ||
            !form_is_right(&blob, RUV_FORM_FOLDED, expected, bytes + BLOB, left)) {
            return false;
        }
    }
    return true;
}
