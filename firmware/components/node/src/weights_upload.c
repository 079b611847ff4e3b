// An upload into the slot that is not in use.
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "machine_log.h"
#include "node.h"
#include "node_config.h"
#include "weights_parts.h"

static const char *const TAG = "weights";

static struct {
    bool open;
    bool any_shape;
    uint8_t slot;
    uint32_t total_len;
    uint32_t crc;
    uint32_t received;
    uint32_t generation; // that a commit gives it
} upload;

__attribute__((format(printf, 3, 4))) static esp_err_t refuse(char *detail, esp_err_t error,
                                                              const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(detail, WEIGHTS_DETAIL, format, arguments);
    va_end(arguments);
    return error;
}

static bool is_slot(weights_source_t source)
{
    return source == WEIGHTS_SLOT_0 || source == WEIGHTS_SLOT_1;
}

// Chooses the slot to write: never the one in use, whose header may have been damaged since; if
// none is in use, not the one that the next boot would use.
static void choose_slot(void)
{
    const weights_selection_t sound = weights_store_select(false, NULL);
    const weights_selection_t *in_use = &node_head()->weights;
    const weights_selection_t *kept = is_slot(in_use->source) ? in_use : &sound;
    upload.slot = kept->source == WEIGHTS_SLOT_0 ? 1 : 0;
    const bool newer = (int32_t)(kept->generation - sound.newest) > 0;
    upload.generation = (newer ? kept->generation : sound.newest) + 1u;
}

// How much of the blob area is programmed, as far as can be told: trailing ones are not. The last
// page may be half programmed: it is sent again, which completes it.
static uint32_t programmed_len(uint32_t slot, uint32_t total_len)
{
    const uint8_t *blob = weights_slot_blob(slot);
    uint32_t len = total_len;
    while (len > 0 && blob[len - 1u] == 0xFFu) {
        len--;
    }
    return len == 0 ? 0 : (len - 1u) / WEIGHTS_PAGE * WEIGHTS_PAGE;
}

static esp_err_t flash_failed(esp_err_t err, char *detail)
{
    return refuse(detail, err, "flash: %s",
                  err == ESP_FAIL ? "it does not hold what is written" : esp_err_to_name(err));
}

static bool can_resume(uint32_t total_len, uint32_t crc)
{
    weights_upload_record_t record;
    return weights_slot_read_record(upload.slot, &record) == ESP_OK &&
           record.total_len == total_len && record.crc == crc;
}

static esp_err_t start_over(uint32_t total_len, uint32_t crc)
{
    const weights_upload_record_t record = {total_len, crc};
    esp_err_t err = weights_slot_erase(upload.slot, total_len);
    if (err) {
        return err;
    }
    err = weights_slot_write_record(upload.slot, &record);
    if (err) {
        return err;
    }
    upload.received = 0;
    return ESP_OK;
}

esp_err_t weights_upload_begin(uint32_t total_len, uint32_t crc, bool any_shape,
                               uint32_t *resume_offset, uint8_t *slot, char *detail)
{
    if (weights_slot_capacity() == 0) {
        return refuse(detail, ESP_ERR_NOT_FOUND, "the node has no weights partition");
    }
    if (total_len > weights_slot_capacity()) {
        return refuse(detail, ESP_ERR_INVALID_SIZE, "total_len %" PRIu32 ": a slot holds %" PRIu32,
                      total_len, weights_slot_capacity());
    }
    const bool same = upload.open && upload.total_len == total_len && upload.crc == crc;
    if (!same) {
        upload.open = false;
        choose_slot();
        if (can_resume(total_len, crc)) {
            upload.received = programmed_len(upload.slot, total_len);
        } else {
            const esp_err_t err = start_over(total_len, crc);
            if (err) {
                return flash_failed(err, detail);
            }
        }
        upload.total_len = total_len;
        upload.crc = crc;
        upload.open = true;
    }
    upload.any_shape = any_shape;
    *resume_offset = upload.received;
    *slot = upload.slot;
    return ESP_OK;
}

// Whether bytes that were received before are the same again.
static bool is_repeat(uint32_t offset, const uint8_t *data, size_t len)
{
    return memcmp(weights_slot_blob(upload.slot) + offset, data, len) == 0;
}

esp_err_t weights_upload_chunk(uint32_t offset, const uint8_t *data, size_t len,
                               uint32_t *next_offset, char *detail)
{
    if (!upload.open) {
        return refuse(detail, ESP_ERR_INVALID_STATE, "no upload is open");
    }
    if (offset > upload.received) {
        return refuse(detail, ESP_ERR_INVALID_ARG, "offset %" PRIu32 ", expected %" PRIu32, offset,
                      upload.received);
    }
    if (len > upload.total_len - offset) {
        return refuse(detail, ESP_ERR_INVALID_SIZE, "ends beyond the announced %" PRIu32 " bytes",
                      upload.total_len);
    }
    const size_t known = upload.received - offset;
    if (!is_repeat(offset, data, known < len ? known : len)) {
        return refuse(detail, ESP_ERR_INVALID_ARG,
                      "offset %" PRIu32 " repeats other bytes, expected %" PRIu32, offset,
                      upload.received);
    }
    if (known < len) {
        const esp_err_t err =
            weights_slot_program(upload.slot, upload.received, data + known, len - known);
        if (err) { // what is there now only an erase can mend
            (void)weights_upload_abort();
            return flash_failed(err, detail);
        }
        upload.received = offset + (uint32_t)len;
    }
    *next_offset = upload.received;
    return ESP_OK;
}

static esp_err_t check_upload(char *detail)
{
    const uint8_t *blob = weights_slot_blob(upload.slot);
    if (weights_blob_crc(blob, upload.total_len) != upload.crc) {
        return refuse(detail, ESP_ERR_INVALID_CRC,
                      "what is in flash has another CRC than announced");
    }
    weights_shape_t shape;
    const esp_err_t err = weights_check_blob(blob, upload.total_len, &shape);
    if (err) {
        return refuse(detail, err, "not a usable blob: %s", esp_err_to_name(err));
    }
    weights_why_t why;
    const esp_err_t misfit = weights_fit_build(&shape, &why); // settings may change until it starts
    if (misfit && !upload.any_shape) {
        return refuse(detail, misfit, "the blob %s, not %s", why.is, why.fits);
    }
    return ESP_OK;
}

esp_err_t weights_upload_commit(uint32_t *generation, uint8_t *slot, char *detail)
{
    if (!upload.open) {
        return refuse(detail, ESP_ERR_INVALID_STATE, "no upload is open");
    }
    if (upload.received != upload.total_len) {
        return refuse(detail, ESP_ERR_INVALID_STATE, "%" PRIu32 " of %" PRIu32 " bytes received",
                      upload.received, upload.total_len);
    }
    esp_err_t err = check_upload(detail);
    if (!err) {
        const weights_slot_t header = {upload.generation, upload.total_len, upload.crc, {0}};
        err = weights_slot_commit_header(upload.slot, &header);
        if (err) {
            (void)flash_failed(err, detail);
        }
    }
    upload.open = false;
    (void)weights_slot_drop_record(upload.slot);
    if (err) {
        return err;
    }
    MACHINE_LOGI(TAG, "slot %u holds generation %" PRIu32 ", %" PRIu32 " bytes",
                 (unsigned)upload.slot, upload.generation, upload.total_len);
    *generation = upload.generation;
    *slot = upload.slot;
    return ESP_OK;
}

esp_err_t weights_upload_abort(void)
{
    if (!upload.open) {
        return ESP_ERR_INVALID_STATE;
    }
    upload.open = false;
    return weights_slot_drop_record(upload.slot);
}

void weights_upload_close(void)
{
    upload.open = false;
}
