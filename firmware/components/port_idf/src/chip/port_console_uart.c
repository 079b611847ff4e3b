// The console on a UART. Sending is not buffered, so that everything written before a panic is
// sent.
#include "driver/uart.h"
#include "driver/uart_vfs.h"
#include "esp_err.h"
#include "esp_intr_alloc.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "sdkconfig.h"

#include "port_parts.h"

#define UART   ((uart_port_t)CONFIG_ESP_CONSOLE_UART_NUM)
#define EVENTS 16

#if CONFIG_UART_ISR_IN_IRAM
#define INTERRUPT_FLAGS ESP_INTR_FLAG_IRAM // keeps receiving while flash is written
#else
#define INTERRUPT_FLAGS 0
#endif

static QueueHandle_t events;
static uint32_t overruns;

void port_console_open(void)
{
    ESP_ERROR_CHECK(
        uart_driver_install(UART, CONSOLE_RX_BYTES, 0, EVENTS, &events, INTERRUPT_FLAGS));
#if CONFIG_NODE_EMULATED
    // QEMU loses a receive timeout that comes while the one before it is being handled.
    ESP_ERROR_CHECK(uart_set_rx_full_threshold(UART, 1));
#endif
    uart_vfs_dev_use_driver(UART); // so that printf's bytes do not mix with the node's
}

size_t port_console_read(uint8_t *data, size_t max)
{
    const int got = uart_read_bytes(UART, data, (uint32_t)max, 0);
    return got > 0 ? (size_t)got : 0;
}

void port_console_write(const void *data, size_t len)
{
    (void)uart_write_bytes(UART, data, len);
}

void port_console_flush(void)
{
    (void)uart_wait_tx_done(UART, portMAX_DELAY);
}

uint32_t port_console_overruns(void)
{
    return overruns;
}

// The UART reports that bytes were lost, but not how many: each event counts as one.
static void note(const uart_event_t *event)
{
    overruns += event->type == UART_FIFO_OVF;
}

void port_console_idle(uint64_t max_us)
{
    size_t waiting = 0;
    uart_event_t event;
    while (xQueueReceive(events, &event, 0)) {
        note(&event);
    }
    if (uart_get_buffered_data_len(UART, &waiting) == ESP_OK && waiting > 0) {
        return;
    }
    if (xQueueReceive(events, &event, pdMS_TO_TICKS(max_us / 1000u) + 1u)) {
        note(&event);
    }
}
