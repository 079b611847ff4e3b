// The weights partition: two slots, written in turn. A slot's header is programmed last, so power
// may fail at any byte: the next boot has the old blob or the new one, whole.
//
// Slot: header at 0, record of the upload in progress at 256, blob at WEIGHTS_BLOB_OFFSET. The
// record lets an upload go on after an interruption, a reset included.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

#define WEIGHTS_SLOTS       2u
#define WEIGHTS_BLOB_OFFSET 512u
#define WEIGHTS_DETAIL      96u

// Where the head's weights come from. The values are the boot report's.
typedef enum {
    WEIGHTS_NONE = 0,
    WEIGHTS_SLOT_0 = 1,
    WEIGHTS_SLOT_1 = 2,
    WEIGHTS_EMBEDDED = 3,
} weights_source_t;

// What the node has to know of a model: its shape, and what it was trained on.
typedef struct {
    uint32_t input_dim;
    uint32_t n_classes;
    uint32_t window_len;   // frames; 0: it does not say what it was trained on
    uint32_t spectrum_hop; // bins from one spectrum to the next; 0: trained on states
} weights_shape_t;

typedef struct {
    weights_source_t source;
    const uint8_t *blob; // [len] in flash or in the image; NULL without a source
    uint32_t len;
    uint32_t crc;                              // the one the blob ends in
    uint32_t generation;                       // 0 for the embedded blob
    uint32_t newest;                           // the highest generation of a sound slot; 0: none
    esp_err_t slot_error[WEIGHTS_SLOTS];       // NOT_FOUND: empty
    weights_shape_t slot_shape[WEIGHTS_SLOTS]; // of a sound slot that does not fit; else of zeros
} weights_selection_t;

typedef struct {
    uint32_t slot_offset[WEIGHTS_SLOTS];
    uint32_t slot_size;
} weights_layout_t;

weights_layout_t weights_store_layout(void);

// The newest valid slot that fits the node and its settings, else the embedded blob where allowed,
// else a valid slot that does not fit, which cannot run, else none. `refused` names the slots that
// were tried and did not start, by their errors; NULL: none was. An unusable store is not an error:
// it is described by slot_error.
weights_selection_t weights_store_select(bool use_embedded,
                                         const esp_err_t refused[/*WEIGHTS_SLOTS*/]);

// An upload. `detail` receives one sentence on an error.
// begin: *resume_offset is how much of this same upload (length and CRC) is already there.
//   ESP_ERR_INVALID_SIZE  larger than a slot     ESP_ERR_NOT_FOUND  no partition, or too small a
//   one                                          ESP_FAIL           the slot cannot be erased
esp_err_t weights_upload_begin(uint32_t total_len, uint32_t crc, bool any_shape,
                               uint32_t *resume_offset, uint8_t *slot, char *detail);
// chunk: at the offset that is due, or an identical repeat of what is there.
//   ESP_ERR_INVALID_STATE no upload open     ESP_ERR_INVALID_ARG  another offset, other bytes
//   ESP_ERR_INVALID_SIZE  beyond the announced length
//   ESP_FAIL              the flash does not hold what was written, which ends the upload
esp_err_t weights_upload_chunk(uint32_t offset, const uint8_t *data /*[len]*/, size_t len,
                               uint32_t *next_offset, char *detail);
// commit: makes the upload the newest slot; the upload is closed whatever the result.
//   ESP_ERR_INVALID_STATE no upload open, or incomplete (which leaves it open)
//   ESP_ERR_INVALID_CRC   what is in flash is not what was announced
//   ESP_FAIL              the flash does not hold the slot's header
//   the blob parser's errors; ESP_ERR_INVALID_ARG  the shape is not the node's (unless any_shape)
esp_err_t weights_upload_commit(uint32_t *generation, uint8_t *slot, char *detail);
// abort: forgets the upload; the slot in use was never touched.
esp_err_t weights_upload_abort(void);
// The upload in RAM is forgotten; what is in flash can be resumed.
void weights_upload_close(void);
