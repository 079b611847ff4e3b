// What the node has to know of a blob without running it. Private to the node.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "weights_store.h"

// The blob parser's verdict; `shape` may be NULL. Where the head is not built, any bytes pass and
// the shape is 0, 0: there is nothing that could use them.
esp_err_t weights_check_blob(const uint8_t *blob /*[len]*/, size_t len, weights_shape_t *shape);

// Whether the node can run weights of this shape; without a head it keeps any.
bool weights_shape_fits(const weights_shape_t *shape);

// The CRC-32 that tells one blob from another: over all but the last four bytes, where a blob holds
// just this CRC. Over all bytes it would be the same number for every valid blob.
uint32_t weights_blob_crc(const uint8_t *blob /*[len]*/, size_t len);
