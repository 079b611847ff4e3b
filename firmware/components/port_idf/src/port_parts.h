// The parts of the ESP-IDF port that differ: each is in chip/ and, for target "linux", in linux/.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine_port.h"
#include "sdkconfig.h"

// ---- time and cycles ----------------------------------------------------------------------------
#if CONFIG_IDF_TARGET_LINUX
#define PORT_CYCLE_UNIT MACHINE_CYCLES_NONE
#else
#define PORT_CYCLE_UNIT MACHINE_CYCLES_CPU
#endif
void port_clock_open(void);
uint64_t port_clock_us(void); // since boot
uint64_t port_clock_cycles(void);

// ---- the console: UART, USB-Serial/JTAG, or standard input and output ---------------------------
#if CONFIG_IDF_TARGET_LINUX
#define CONSOLE_RX_BYTES 65535u // the largest number that the protocol can report
#else
#define CONSOLE_RX_BYTES 8192u
#endif
void port_console_open(void);
size_t port_console_read(uint8_t *data /*[max]*/, size_t max); // what is there, may be nothing
void port_console_write(const void *data /*[len]*/, size_t len);
void port_console_flush(void);
uint32_t port_console_overruns(void);
void port_console_idle(uint64_t max_us); // returns on input, at the latest after max_us and a tick

// ---- what runs, and on what ---------------------------------------------------------------------
const char *port_identity_chip(void);
const uint8_t *port_identity_elf_sha256(void); // [MACHINE_SHA256_BYTES] of the ELF file
void port_flash_open(void);                    // before anything looks for a partition
uint32_t port_flash_bytes(void);

// ---- heap, and the agent's scratch memory -------------------------------------------------------
machine_heap_t port_memory_heap(void);
void port_memory_open_arena(uint8_t **arena, uint32_t *bytes); // with the agent only

// ---- the end of this boot, and how the last one ended -------------------------------------------
void port_reset_open(void);
machine_reset_reason_t port_reset_reason(void);
_Noreturn void port_reset_restart(void);
_Noreturn void port_reset_panic(machine_panic_t kind);
_Noreturn void port_reset_hang(bool interrupts_off);

// ---- the watchdog's timer: it resets the machine when the main task does not feed it
void port_watchdog_timer_open(uint32_t timeout_ms);
void port_watchdog_timer_feed(uint32_t timeout_ms);
void port_emulated_watchdog_update(void); // in an emulator, after each change of its configuration
