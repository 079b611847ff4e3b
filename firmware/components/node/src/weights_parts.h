// What the files of the weights store do for each other.
#pragma once

#include "weights_store.h"

// ---- what the node has to know of a blob without running it (weights_check.c) -------------------

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

// The window in frames: the model's own, or else the build's.
uint32_t weights_window(const weights_shape_t *shape);

// The CRC-32 that identifies a blob: of all but the last four bytes, in which the blob holds this
// very CRC. Over all bytes it would be the same number for every valid blob.
uint32_t weights_blob_crc(const uint8_t *blob /*[len]*/, size_t len);

// ---- one slot of the partition as it lies in flash (weights_slot.c) -----------------------------

// What flash programs at once; after a power failure the bits of one page are in any state.
#define WEIGHTS_PAGE 256u

typedef struct {
    uint32_t generation;
    uint32_t length;
    uint32_t blob_crc;     // weights_blob_crc
    weights_shape_t shape; // from the blob, not from the header
} weights_slot_t;

typedef struct {
    uint32_t total_len;
    uint32_t crc;
} weights_upload_record_t;

uint32_t weights_slot_offset(uint32_t slot);
uint32_t weights_slot_capacity(void); // bytes of the largest blob
const uint8_t *weights_slot_blob(uint32_t slot);

// ESP_ERR_NOT_FOUND: empty. ESP_ERR_INVALID_CRC: header or blob damaged. ESP_ERR_INVALID_SIZE: the
// header's length cannot be. Else the blob parser's verdict.
esp_err_t weights_slot_check(uint32_t slot, weights_slot_t *out);

// What is written or erased is read back: ESP_FAIL where it does not hold.

// Drops the record and erases what a blob of `len` needs, the header's unit first.
esp_err_t weights_slot_erase(uint32_t slot, uint32_t len);
esp_err_t weights_slot_program(uint32_t slot, uint32_t offset, const uint8_t *data, size_t len);
esp_err_t weights_slot_commit_header(uint32_t slot, const weights_slot_t *header);

// The upload record: ESP_ERR_NOT_FOUND without a valid one, and where a header was programmed: then
// the upload has ended, and another could not be committed there.
esp_err_t weights_slot_read_record(uint32_t slot, weights_upload_record_t *out);
esp_err_t weights_slot_write_record(uint32_t slot, const weights_upload_record_t *record);
esp_err_t weights_slot_drop_record(uint32_t slot);
