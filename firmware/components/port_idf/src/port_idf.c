// Puts the ESP-IDF port together. What is the same on a chip and on target "linux" is here.
#include "port_idf.h"

#include <stdio.h>
#include <string.h>

#include "sdkconfig.h"

#if !CONFIG_IDF_TARGET_LINUX && !CONFIG_NODE_EMULATED
#include "bootloader_random.h"
#endif
#include "esp_app_desc.h"
#include "esp_log.h"
#include "esp_partition.h"
#include "esp_random.h"
#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

#include "machine_log.h"
#include "port_parts.h"
#include "port_watchdog.h"

#define MAX_LOG_LINE 256

static machine_port_t port;

// ---- the lock, the stack, the partitions --------------------------------------------------------

static SemaphoreHandle_t mutex;
static TaskHandle_t main_task;

static void lock(void)
{
    (void)xSemaphoreTakeRecursive(mutex, portMAX_DELAY);
}

static void unlock(void)
{
    (void)xSemaphoreGiveRecursive(mutex);
}

static uint32_t stack_free(void)
{
    return (uint32_t)(uxTaskGetStackHighWaterMark(main_task) * sizeof(StackType_t));
}

static void list_partitions(void)
{
    esp_partition_iterator_t it =
        esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, NULL);
    while (it && port.n_partitions < MACHINE_MAX_PARTITIONS) {
        const esp_partition_t *found = esp_partition_get(it);
        machine_partition_t *entry = &port.partitions[port.n_partitions++];
        memcpy(entry->name, found->label, strnlen(found->label, sizeof entry->name - 1u));
        entry->offset = found->address;
        entry->size = found->size;
        it = esp_partition_next(it);
    }
    esp_partition_iterator_release(it);
}

// ---- ESP-IDF's log lines, through the firmware's console and counter

static int write_line(const char *format, va_list args)
{
    char line[MAX_LOG_LINE];
    int len = vsnprintf(line, sizeof line, format, args);
    if (len < 0) {
        return len;
    }
    if (len >= MAX_LOG_LINE) { // it was cut, and still ends in a newline
        len = MAX_LOG_LINE - 1;
        line[len - 1] = '\n';
    }
    machine_log_text(line, (size_t)len);
    return len;
}

void port_idf_capture_log(void)
{
    (void)esp_log_set_vprintf(write_line);
}

// ---- the port -----------------------------------------------------------------------------------

#if !CONFIG_HIL_AGENT_ENABLED
// Nobody reads the console, so input must not wake the main loop.
static void idle_without_input(uint64_t max_us)
{
    vTaskDelay(pdMS_TO_TICKS(max_us / 1000u) + 1u);
}
#endif

static void fill_services(void)
{
    port.clock_us = port_clock_us;
#if CONFIG_HIL_AGENT_ENABLED
    port.idle = port_console_idle;
#else
    port.idle = idle_without_input;
#endif
    port.cycle_unit = PORT_CYCLE_UNIT;
    port.cycles = port_clock_cycles;
    port.uart_rx_bytes = CONSOLE_RX_BYTES;
    port.uart_read = port_console_read;
    port.uart_write = port_console_write;
    port.uart_flush = port_console_flush;
    port.uart_overruns = port_console_overruns;
    port.restart = port_reset_restart;
    port.panic = port_reset_panic;
    port.hang = port_reset_hang;
    port.watchdog = port_watchdog_feed;
    port.heap = port_memory_heap;
    port.stack_free = stack_free;
    port.lock = lock;
    port.unlock = unlock;
}

// While the radio is off, the random number generator has no noise unless the ADC supplies it.
static uint32_t new_nonce(void)
{
#if CONFIG_IDF_TARGET_LINUX || CONFIG_NODE_EMULATED
    return esp_random();
#else
    bootloader_random_enable();
    const uint32_t nonce = esp_random();
    bootloader_random_disable();
    return nonce;
#endif
}

static void fill_facts(void)
{
    port.target = CONFIG_IDF_TARGET;
    port.chip = port_identity_chip();
    port.version = esp_app_get_description()->version;
    port.idf_version = esp_get_idf_version();
    port.elf_sha256 = port_identity_elf_sha256();
    port.boot_nonce = new_nonce();
    port.reset_reason = port_reset_reason();
    port.flash_bytes = port_flash_bytes();
    list_partitions();
#if CONFIG_HIL_AGENT_ENABLED
    port_memory_open_arena(&port.arena, &port.arena_bytes);
#endif
}

const machine_port_t *port_idf_open(void)
{
    static StaticSemaphore_t mutex_memory;
    mutex = xSemaphoreCreateRecursiveMutexStatic(&mutex_memory);
    main_task = xTaskGetCurrentTaskHandle();
    port_clock_open();
    port_reset_open();
    port_console_open();
    port_flash_open();
    port_watchdog_open();
    fill_services();
    fill_facts();
    return &port;
}
