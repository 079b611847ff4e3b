// What the node has to know of a blob without running it. Private to the node.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "weights_store.h"

// The blob parser's verdict; `shape` may be NULL. Where the head is not built, any bytes pass and
// the shape is all 0: there is nothing that could use them.
esp_err_t weights_check_blob(const uint8_t *blob /*[len]*/, size_t len, weights_shape_t *shape);

// Whether this build can run weights of this shape; without a head it keeps any. On an error `why`
// gets what is wrong, and what would fit: "is 9 -> 4" and "16 -> 2 to 16".
//   ESP_ERR_INVALID_ARG  another input_dim, more classes or frames than the node takes
typedef struct {
    char is[28];
    char fits[20];
} weights_why_t;
esp_err_t weights_fit_build(const weights_shape_t *shape, weights_why_t *why);

// The same with the settings.
//   ESP_ERR_INVALID_STATE  trained on another feed than the one that is set
esp_err_t weights_fit(const weights_shape_t *shape, weights_why_t *why);

// Frames of the window: the model's own, or the build's.
uint32_t weights_window(const weights_shape_t *shape);

// The CRC-32 that tells one blob from another: over all but the last four bytes, where a blob holds
// just this CRC. Over all bytes it would be the same number for every valid blob.
uint32_t weights_blob_crc(const uint8_t *blob /*[len]*/, size_t len);
