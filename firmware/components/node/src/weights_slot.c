#include "weights_parts.h"

#include <stdbool.h>
#include <string.h>

#include "crc32_ieee.h"
#include "machine_port.h"
#include "node_port.h"

#define HEADER_MAGIC  0x31535752u // "RWS1"
#define RECORD_MAGIC  0x31505552u // "RUP1"
#define RECORD_OFFSET 256u

typedef struct {
    uint32_t magic;
    uint32_t generation;
    uint32_t length;
    uint32_t blob_crc;
    uint32_t header_crc; // over what is before it
} stored_header_t;

typedef struct {
    uint32_t magic;
    uint32_t total_len;
    uint32_t crc;
    uint32_t record_crc; // over what is before it
} stored_record_t;

_Static_assert(sizeof(stored_header_t) <= RECORD_OFFSET, "header and record overlap");
_Static_assert(RECORD_OFFSET + sizeof(stored_record_t) <= WEIGHTS_BLOB_OFFSET, "record and blob");

// Programs and reads back, page by page: flash that is worn out says nothing of itself, and no page
// is begun before the one in front of it holds.
static esp_err_t program(uint32_t offset, const void *data /*[len]*/, size_t len)
{
    const node_flash_t *flash = &node_port->flash;
    const uint8_t *bytes = data;
    while (len > 0) {
        const size_t room = WEIGHTS_PAGE - offset % WEIGHTS_PAGE;
        const size_t n = len < room ? len : room;
        const esp_err_t err = flash->write(offset, bytes, n);
        if (err) {
            return err;
        }
        if (memcmp(flash->map + offset, bytes, n) != 0) {
            return ESP_FAIL;
        }
        offset += (uint32_t)n;
        bytes += n;
        len -= n;
    }
    return ESP_OK;
}

static uint32_t slot_size(void)
{
    const node_flash_t *flash = &node_port->flash;
    return flash->erase_size ? flash->size / flash->erase_size / WEIGHTS_SLOTS * flash->erase_size
                             : 0;
}

uint32_t weights_slot_offset(uint32_t slot)
{
    return slot * slot_size();
}

uint32_t weights_slot_capacity(void)
{
    const uint32_t size = slot_size();
    return size > WEIGHTS_BLOB_OFFSET ? size - WEIGHTS_BLOB_OFFSET : 0;
}

const uint8_t *weights_slot_blob(uint32_t slot)
{
    return node_port->flash.map + weights_slot_offset(slot) + WEIGHTS_BLOB_OFFSET;
}

static bool is_filled(const void *data, size_t len, uint8_t filling)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != filling) {
            return false;
        }
    }
    return true;
}

// A bit or two that stay may be what the blob has there; more were not erased.
static bool is_erased_enough(const uint8_t *bytes /*[len]*/, size_t len)
{
    uint32_t stay = 0;
    for (size_t i = 0; i < len; i++) {
        for (uint32_t rest = (uint8_t)~bytes[i]; rest != 0; rest &= rest - 1u) {
            stay++;
        }
    }
    return stay <= 2u;
}

// Erased flash is all ones; an image file that was never erased is all zeros.
static bool is_blank(const void *data, size_t len)
{
    return is_filled(data, len, 0xFFu) || is_filled(data, len, 0u);
}

esp_err_t weights_slot_check(uint32_t slot, weights_slot_t *out)
{
    stored_header_t header;
    if (weights_slot_capacity() == 0) {
        return ESP_ERR_NOT_FOUND;
    }
    memcpy(&header, node_port->flash.map + weights_slot_offset(slot), sizeof header);
    if (is_blank(&header, sizeof header)) {
        return ESP_ERR_NOT_FOUND;
    }
    if (header.magic != HEADER_MAGIC ||
        header.header_crc != crc32_ieee(0, &header, offsetof(stored_header_t, header_crc))) {
        return ESP_ERR_INVALID_CRC;
    }
    if (header.length > weights_slot_capacity()) {
        return ESP_ERR_INVALID_SIZE;
    }
    if (header.blob_crc != weights_blob_crc(weights_slot_blob(slot), header.length)) {
        return ESP_ERR_INVALID_CRC;
    }
    *out = (weights_slot_t){header.generation, header.length, header.blob_crc, {0}};
    return weights_check_blob(weights_slot_blob(slot), header.length, &out->shape);
}

esp_err_t weights_slot_erase(uint32_t slot, uint32_t len)
{
    const node_flash_t *flash = &node_port->flash;
    const uint32_t used = WEIGHTS_BLOB_OFFSET + len; // len <= capacity, so no overflow
    const uint32_t units = (used + flash->erase_size - 1u) / flash->erase_size;
    // Half an erase must not leave the record of what it has begun to destroy.
    (void)weights_slot_drop_record(slot);
    for (uint32_t unit = 0; unit < units; unit++) {
        machine_port->watchdog(MACHINE_WATCHDOG_MS);
        const uint32_t offset = weights_slot_offset(slot) + unit * flash->erase_size;
        const esp_err_t err = flash->erase(offset, flash->erase_size);
        if (err) {
            return err;
        }
        if (!is_erased_enough(flash->map + offset, flash->erase_size)) {
            return ESP_FAIL;
        }
    }
    return ESP_OK;
}

esp_err_t weights_slot_program(uint32_t slot, uint32_t offset, const uint8_t *data, size_t len)
{
    return program(weights_slot_offset(slot) + WEIGHTS_BLOB_OFFSET + offset, data, len);
}

esp_err_t weights_slot_commit_header(uint32_t slot, const weights_slot_t *header)
{
    stored_header_t stored = {
        .magic = HEADER_MAGIC,
        .generation = header->generation,
        .length = header->length,
        .blob_crc = header->blob_crc,
    };
    stored.header_crc = crc32_ieee(0, &stored, offsetof(stored_header_t, header_crc));
    const esp_err_t err = program(weights_slot_offset(slot), &stored, sizeof stored);
    if (err) { // nor may it come to hold later
        const stored_header_t zeros = {0};
        (void)program(weights_slot_offset(slot), &zeros, sizeof zeros);
    }
    return err;
}

esp_err_t weights_slot_read_record(uint32_t slot, weights_upload_record_t *out)
{
    stored_record_t stored;
    if (weights_slot_capacity() == 0) {
        return ESP_ERR_NOT_FOUND;
    }
    const uint8_t *start = node_port->flash.map + weights_slot_offset(slot);
    memcpy(&stored, start + RECORD_OFFSET, sizeof stored);
    if (!is_filled(start, sizeof(stored_header_t), 0xFFu) || stored.magic != RECORD_MAGIC ||
        stored.total_len > weights_slot_capacity() ||
        stored.record_crc != crc32_ieee(0, &stored, offsetof(stored_record_t, record_crc))) {
        return ESP_ERR_NOT_FOUND;
    }
    *out = (weights_upload_record_t){stored.total_len, stored.crc};
    return ESP_OK;
}

esp_err_t weights_slot_write_record(uint32_t slot, const weights_upload_record_t *record)
{
    stored_record_t stored = {RECORD_MAGIC, record->total_len, record->crc, 0};
    stored.record_crc = crc32_ieee(0, &stored, offsetof(stored_record_t, record_crc));
    return program(weights_slot_offset(slot) + RECORD_OFFSET, &stored, sizeof stored);
}

esp_err_t weights_slot_drop_record(uint32_t slot)
{
    const stored_record_t zeros = {0};
    return program(weights_slot_offset(slot) + RECORD_OFFSET, &zeros, sizeof zeros);
}
