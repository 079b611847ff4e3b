// One slot of the weights partition as it lies in flash. Private to the weights store.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "weights_store.h"

// What flash programs at once; after a power failure the bits of one page are in any state.
#define WEIGHTS_PAGE 256u

typedef struct {
    uint32_t generation;
    uint32_t length;
    uint32_t blob_crc;     // weights_blob_crc
    weights_shape_t shape; // not in the header: the blob's own
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
