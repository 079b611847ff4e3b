// What weights store and settings need of the node around them.
#include "adaptive_controller.h"
#include "machine_log.h"
#include "machine_port.h"
#include "node.h"
#include "node_settings.h"
#include "nor.h"
#include "subject.h"

blob_t blobs[BLOBS];

static node_head_t head;
static const node_settings_t settings; // of zeros: the head is fed with states

static void no_watchdog(uint32_t timeout_ms)
{
    (void)timeout_ms;
}

static const machine_port_t machine = {.watchdog = no_watchdog};
const machine_port_t *machine_port = &machine;

static node_port_t port = {
    .flash = {PART_BYTES, NOR_SECTOR, nor_memory + WEIGHTS_BASE, NULL, NULL},
};
const node_port_t *node_port = &port;

static esp_err_t write_part(uint32_t offset, const void *data, size_t len)
{
    return nor_write(WEIGHTS_BASE + offset, data, len);
}

static esp_err_t erase_part(uint32_t offset, size_t len)
{
    return nor_erase(WEIGHTS_BASE + offset, len);
}

const node_head_t *node_head(void)
{
    return &head;
}

const node_settings_t *node_settings(void)
{
    return &settings;
}

void machine_log(char level, const char *tag, const char *format, ...)
{
    (void)level;
    (void)tag;
    (void)format;
}

void node_around_boot(bool allow_embedded)
{
    port.flash.write = write_part;
    port.flash.erase = erase_part;
    port.embedded_blob = blobs[BLOBS - 1u].bytes;
    port.embedded_blob_bytes = blobs[BLOBS - 1u].len;
    head.weights = weights_store_select(allow_embedded, NULL);
}
