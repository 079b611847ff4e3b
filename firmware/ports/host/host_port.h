// The parts of the host port: the node as a process.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "machine_port.h"

// ---- console.c
#define CONSOLE_RX_BYTES 65536u // 65535 is reported, since the field has 16 bits
void console_start(int in, int out);
size_t console_read(uint8_t *data, size_t max); // ends the process at the end of input
void console_write(const void *data, size_t len);
void console_flush(void);
uint32_t console_overruns(void);
void console_idle(uint64_t max_us);

// ---- flash.c
#define HOST_FLASH_BYTES  (2u * 1024u * 1024u)
#define HOST_FLASH_SECTOR 4096u
// Opens the file with the flash's content, or makes it. Path NULL: memory that exists as long as
// the process, and survives resets. Returns the file descriptor, or -1 with errno set.
int flash_open(const char *path, int inherited_fd);
const uint8_t *flash_map(void);
esp_err_t flash_write(uint32_t offset, const void *data, size_t len);
esp_err_t flash_erase(uint32_t offset, size_t len);
// The power fails after so many more bytes are programmed or units are erased; 0: never.
void flash_fail_after(uint64_t steps);

// ---- reset.c
typedef struct {
    const char *flash_path; // NULL: flash_fd
    const char *console_path;
    int flash_fd;
} reset_arguments_t;
void reset_prepare(const reset_arguments_t *arguments); // of the process after a reset
void reset_now(machine_reset_reason_t reason) __attribute__((noreturn)); // async-signal-safe

// ---- watchdog.c
void watchdog_feed(uint32_t timeout_ms);
void watchdog_run(void) __attribute__((noreturn)); // in a thread of its own

// ---- panic_write.c
void panic_write_to(int out);       // a descriptor
void panic_write(const char *text); // async-signal-safe

// ---- panic.c
void panic_start(void);        // for the process
void panic_start_thread(void); // for the calling thread
void panic_now(machine_panic_t kind);
void panic_hang(bool interrupts_off);

// ---- memory.c
void *memory_new_stack(size_t *bytes); // painted
machine_heap_t memory_heap(void);
uint32_t memory_stack_free(void);
