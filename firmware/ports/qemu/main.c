// Puts the qemu port together.
#include "firmware_main.h"
#include "image_identity.h"
#include "machine.h"
#include "qemu_port.h"

#define WEIGHTS_BYTES   (1024u * 1024u)
#define SETTINGS_OFFSET WEIGHTS_BYTES
#define SETTINGS_BYTES  (2u * FLASH_SECTOR)

extern uint8_t __arena[];
extern uint8_t __arena_size[]; // its address is the size

static machine_port_t port = {
    .target = "qemu",
    .chip = "riscv32 virt",
    .version = NODE_VERSION,
    .idf_version = "",
    .elf_sha256 = elf_sha256,
    .flash_bytes = FLASH_BYTES,
    .n_partitions = 2,
    .partitions = {{"weights", 0, WEIGHTS_BYTES}, {"settings", SETTINGS_OFFSET, SETTINGS_BYTES}},
    .clock_us = timer_us,
    .idle = idle_until_line,
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
    .arena = __arena,
};

static const nor_flash_t flash = {(const uint8_t *)FLASH_BASE, FLASH_SECTOR, flash_write,
                                  flash_erase};

static void restart(void)
{
    reset_now(MACHINE_RESET_SOFTWARE);
}

// Runs the functions that C wants to run before main.
static void run_constructors(void)
{
    typedef void (*constructor_t)(void);
    extern const constructor_t __init_array_start[];
    extern const constructor_t __init_array_end[];
    for (const constructor_t *one = __init_array_start; one < __init_array_end; one++) {
        (*one)();
    }
}

void port_main(void);

void port_main(void)
{
    trap_guard_stack();
    run_constructors();
    watchdog_start();
    uart_start();
    port.reset_reason = reset_reason();
    port.boot_nonce = reset_nonce();
    port.cycle_unit = timer_calibrate_cycles();
    port.restart = restart;
    port.arena_bytes = (uint32_t)(uintptr_t)__arena_size;
    interrupts_on();
    firmware_main(&port, &flash);
}
