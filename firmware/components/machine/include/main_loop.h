// The main loop: console, then everything that is due, then idle until there is more. The firmware
// says what is due; on the stepped clock the loop runs it in order, deadline by deadline.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "esp_err.h"

#define MAIN_LOOP_MAX_ADVANCE_US (24u * 3600u * UINT64_C(1000000))

// The firmware's work.
typedef struct {
    void (*run_due)(void);      // does what is due by machine_clock_now_us()
    uint64_t (*next_due)(void); // when there is more to do; MACHINE_NEVER: not by itself
} main_loop_work_t;

// What is attached to the console: polled once a step; true when it did something.
typedef bool (*main_loop_poll_t)(void);

void main_loop_set_work(const main_loop_work_t *work); // NULL: none
void main_loop_attach_console(main_loop_poll_t poll);

void main_loop_step(void);                          // feeds the watchdog
void main_loop_run(void) __attribute__((noreturn)); // step after step

// Everything due now. Part of a step; the console calls it between requests.
void main_loop_run_due(void);

// Moves the stepped clock, deadline by deadline, and runs what falls due.
//   ESP_ERR_INVALID_STATE  the clock is real
//   ESP_ERR_INVALID_ARG    more than MAIN_LOOP_MAX_ADVANCE_US
esp_err_t main_loop_advance(uint64_t us);

// The same, but for what falls due at the very end: something else comes first at that moment.
esp_err_t main_loop_approach(uint64_t us);
