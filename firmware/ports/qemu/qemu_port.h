// The parts of the qemu port.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "machine_port.h"

// ---- uart.c
#define UART_RX_BYTES 32768u // a power of two
void uart_start(void);
size_t uart_read(uint8_t *data, size_t max);
void uart_interrupt(void);
bool uart_has_line(void); // a whole line can be read, or the ring is half full
void uart_write(const void *data, size_t len);
void uart_flush(void);
uint32_t uart_overruns(void);
void uart_panic_write(const char *text); // without interrupts, gives up when nobody reads

// ---- timer.c
uint64_t timer_ticks(void); // TIMER_HZ
uint64_t timer_us(void);
machine_cycle_unit_t timer_calibrate_cycles(void);
uint64_t timer_cycles(void);

// ---- idle.c
void idle_until_line(uint64_t max_us); // at the latest after max_us
void idle_interrupt(void);             // the timer's

// ---- flash.c
esp_err_t flash_write(uint32_t offset, const void *data, size_t len);
esp_err_t flash_erase(uint32_t offset, size_t len);

// ---- watchdog.c
void watchdog_start(void);
bool watchdog_caused_reset(void); // once, after watchdog_start
void watchdog_feed(uint32_t timeout_ms);

// ---- reset.c: what survives a reset
machine_reset_reason_t reset_reason(void); // once
uint32_t reset_nonce(void);                // once
void reset_now(machine_reset_reason_t reason) __attribute__((noreturn));

// ---- trap.c
void trap_guard_stack(void);
void trap_panic(machine_panic_t kind);
void trap_hang(bool interrupts_off_too);

// ---- memory.c
machine_heap_t memory_heap(void);
uint32_t memory_stack_free(void);
uint32_t memory_stack_depth(bool begin);
