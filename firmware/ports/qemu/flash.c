// The CFI flash with Intel's command set. It is two chips of 16 bits each; each command goes to
// both.
#include <string.h>

#include "machine.h"
#include "qemu_port.h"

#define BOTH(command) ((uint32_t)(command) << 16 | (command))

#define WRITE_BUFFER 0xE8u
#define CONFIRM      0xD0u
#define ERASE        0x20u
#define CLEAR_STATUS 0x50u
#define READ_ARRAY   0xFFu

#define STATUS_READY  0x80u
#define STATUS_ERRORS 0x30u
#define WORD          4u
#define BUFFER        1024u // bytes of one buffered write; never across a multiple of it

static esp_err_t finish(uintptr_t address)
{
    uint32_t status;
    do {
        status = read32(address);
    } while ((status & STATUS_READY) == 0);
    write32(address, BOTH(CLEAR_STATUS));
    write32(address, BOTH(READ_ARRAY));
    return (status & BOTH(STATUS_ERRORS)) ? ESP_FAIL : ESP_OK;
}

// Programs whole words inside one buffer. The emulated chip overwrites; real NOR only clears bits.
static esp_err_t program(uintptr_t address, const uint8_t *data /*[len]*/, size_t len)
{
    uint32_t words[BUFFER / WORD];
    const uintptr_t first = address - address % WORD;
    const uintptr_t last = (address + len + WORD - 1u) / WORD * WORD;
    const size_t n = (last - first) / WORD;
    for (size_t i = 0; i < n; i++) {
        words[i] = read32(first + i * WORD);
    }
    uint8_t *bytes = (uint8_t *)words + (address - first);
    for (size_t i = 0; i < len; i++) {
        bytes[i] &= data[i];
    }
    write32(first, BOTH(WRITE_BUFFER));
    write32(first, BOTH(n - 1u));
    for (size_t i = 0; i < n; i++) {
        write32(first + i * WORD, words[i]);
    }
    write32(first, BOTH(CONFIRM));
    return finish(first);
}

esp_err_t flash_write(uint32_t offset, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    if (offset > FLASH_BYTES || len > FLASH_BYTES - offset) {
        return ESP_ERR_INVALID_SIZE;
    }
    while (len > 0) {
        const size_t room = BUFFER - offset % BUFFER;
        const size_t n = len < room ? len : room;
        const esp_err_t err = program(FLASH_BASE + offset, bytes, n);
        if (err) {
            return err;
        }
        offset += (uint32_t)n;
        bytes += n;
        len -= n;
    }
    return ESP_OK;
}

esp_err_t flash_erase(uint32_t offset, size_t len)
{
    if (offset % FLASH_SECTOR != 0 || len % FLASH_SECTOR != 0 || offset > FLASH_BYTES ||
        len > FLASH_BYTES - offset) {
        return ESP_ERR_INVALID_SIZE;
    }
    for (uintptr_t at = FLASH_BASE + offset; at < FLASH_BASE + offset + len; at += FLASH_SECTOR) {
        write32(at, BOTH(ERASE));
        write32(at, BOTH(CONFIRM));
        const esp_err_t err = finish(at);
        if (err) {
            return err;
        }
    }
    return ESP_OK;
}
