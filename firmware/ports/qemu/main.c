// Puts the qemu port together.
#include "elf_sha.h"
#include "embedded_blob.h"
#include "flash_settings.h"
#include "machine.h"
#include "node_main.h"
#include "node_version.h"
#include "qemu_port.h"

#define WEIGHTS_BYTES   (1024u * 1024u)
#define SETTINGS_OFFSET WEIGHTS_BYTES
#define SETTINGS_BYTES  (FLASH_SETTINGS_REGIONS * FLASH_SECTOR)

extern uint8_t __arena[];
extern uint8_t __arena_size[]; // its address is the size

static node_port_t port = {
    .target = "qemu",
    .chip = "riscv32 virt",
    .version = NODE_VERSION,
    .idf_version = "",
    .elf_sha256 = elf_sha256,
    .flash_bytes = FLASH_BYTES,
    .n_partitions = 2,
    .partitions = {{"weights", 0, WEIGHTS_BYTES}, {"settings", SETTINGS_OFFSET, SETTINGS_BYTES}},
    .clock_us = timer_us,
    .idle = timer_idle,
    .cycles = timer_cycles,
    .uart_rx_bytes = UART_RX_BYTES,
    .uart_read = uart_read,
    .uart_write = uart_write,
    .uart_flush = uart_flush,
    .uart_overruns = uart_overruns,
    .panic = trap_panic,
    .hang = trap_hang,
    .watchdog = watchdog_feed,
    .heap = memory_heap,
    .stack_free = memory_stack_free,
    .stack_depth = memory_stack_depth,
    .setting_get = flash_setting_get,
    .setting_set = flash_setting_set,
    .setting_get_bytes = flash_setting_get_bytes,
    .setting_set_bytes = flash_setting_set_bytes,
    .arena = __arena,
    .flash = {WEIGHTS_BYTES, FLASH_SECTOR, (const uint8_t *)FLASH_BASE, flash_write, flash_erase},
    .queue = &node_ring_queue,
};

static void restart(void)
{
    reset_now(NODE_RESET_SOFTWARE);
}

void port_main(void);

void port_main(void)
{
    trap_guard_stack();
    watchdog_start();
    uart_start();
    port.reset_reason = reset_reason();
    port.boot_nonce = reset_nonce();
    port.cycle_unit = timer_calibrate_cycles();
    port.restart = restart;
    port.arena_bytes = (uint32_t)(uintptr_t)__arena_size;
    port.embedded_blob = embedded_blob();
    port.embedded_blob_bytes = embedded_blob_bytes();
    flash_settings_start(&(flash_settings_place_t){(const uint8_t *)FLASH_BASE, SETTINGS_OFFSET,
                                                   FLASH_SECTOR, flash_write, flash_erase});
    interrupts_on();
    node_main(&port);
}
