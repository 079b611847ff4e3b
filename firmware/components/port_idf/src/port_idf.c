#include "port_idf.h"

#include "sdkconfig.h"

#if !CONFIG_IDF_TARGET_LINUX && !CONFIG_NODE_EMULATED
#include "bootloader_random.h"
#endif
#include "esp_random.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "port_clock.h"
#include "port_console.h"
#include "port_flash.h"
#include "port_identity.h"
#include "port_lock.h"
#include "port_memory.h"
#include "port_reset.h"
#include "port_watchdog.h"

static machine_port_t port;

#if !CONFIG_HIL_AGENT_ENABLED
// Nobody reads the console: input must not keep the main loop awake.
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
    port.cycle_unit = port_clock_cycle_unit();
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
    port.stack_free = port_memory_stack_free;
    port.lock = port_lock_take;
    port.unlock = port_lock_give;
}

// Before the radio runs, the generator has no noise to draw on unless the ADC gives it some.
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
    port.version = port_identity_version();
    port.idf_version = port_identity_idf_version();
    port.elf_sha256 = port_identity_elf_sha256();
    port.boot_nonce = new_nonce();
    port.reset_reason = port_reset_reason();
    port.flash_bytes = port_flash_bytes();
    port.n_partitions = port_flash_partitions(port.partitions);
    port_memory_open_arena(&port.arena, &port.arena_bytes);
}

const machine_port_t *port_idf_open(void)
{
    port_clock_open();
    port_reset_open();
    port_console_open();
    port_flash_open();
    port_lock_open();
    port_watchdog_open();
    port_memory_open();
    fill_services();
    fill_facts();
    return &port;
}
