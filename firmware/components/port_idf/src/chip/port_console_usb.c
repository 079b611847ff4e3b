// The console on the chip's USB-Serial/JTAG controller.
#include "driver/usb_serial_jtag.h"
#include "driver/usb_serial_jtag_vfs.h"
#include "esp_err.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "port_parts.h"

#define TX_BYTES 4096u
#define WRITE_MS 100u // after this, what the host does not read is dropped

static uint8_t first; // the byte that ended the idling: the next read begins with it
static bool has_first;

void port_console_open(void)
{
    usb_serial_jtag_driver_config_t config = {.tx_buffer_size = TX_BYTES,
                                              .rx_buffer_size = CONSOLE_RX_BYTES};
    ESP_ERROR_CHECK(usb_serial_jtag_driver_install(&config));
    usb_serial_jtag_vfs_use_driver(); // so that printf's bytes do not mix with the node's
}

size_t port_console_read(uint8_t *data, size_t max)
{
    size_t used = 0;
    if (has_first && max > 0) {
        data[used++] = first;
        has_first = false;
    }
    const int got = usb_serial_jtag_read_bytes(data + used, (uint32_t)(max - used), 0);
    return used + (got > 0 ? (size_t)got : 0);
}

// The caller holds the console's lock. So it waits for a host that does not read only once, and
// again only after the host has read something.
void port_console_write(const void *data, size_t len)
{
    static bool unread;
    static const uint8_t newline = '\n';
    const uint8_t *bytes = data;
    if (unread && usb_serial_jtag_write_bytes(&newline, 1, 0) <= 0) { // ends the line that was cut
        return;
    }
    unread = false;
    while (len > 0) {
        const size_t piece = len < TX_BYTES / 2u ? len : TX_BYTES / 2u; // larger pieces never fit
        const int sent = usb_serial_jtag_write_bytes(bytes, piece, pdMS_TO_TICKS(WRITE_MS));
        if (sent <= 0) {
            unread = true;
            return;
        }
        bytes += sent;
        len -= (size_t)sent;
    }
}

void port_console_flush(void)
{
    (void)usb_serial_jtag_wait_tx_done(pdMS_TO_TICKS(WRITE_MS));
}

uint32_t port_console_overruns(void)
{
    return 0; // USB has flow control
}

void port_console_idle(uint64_t max_us)
{
    if (has_first) {
        return;
    }
    const TickType_t ticks = pdMS_TO_TICKS(max_us / 1000u) + 1u;
    has_first = usb_serial_jtag_read_bytes(&first, 1, ticks) == 1;
}
