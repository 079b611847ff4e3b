// The main loop: it serves the console, runs the work that is due, and idles until there is more.
// The firmware says what is due; on the stepped clock the loop runs it in order of the deadlines.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "esp_err.h"

#define MAIN_LOOP_MAX_ADVANCE_US (24u * 3600u * UINT64_C(1000000))

// The firmware's work.
typedef struct {
    void (*run_due)(void);      // does the work that is due at machine_clock_now_us()
    uint64_t (*next_due)(void); // the next deadline, or MACHINE_NEVER
} main_loop_work_t;

// Serves the console; called once a step. Returns whether it did something.
typedef bool (*main_loop_poll_t)(void);

void main_loop_set_work(const main_loop_work_t *work); // NULL: none
void main_loop_attach_console(main_loop_poll_t poll);

void main_loop_step(void); // feeds the watchdog too
void main_loop_run(void) __attribute__((noreturn));

// Runs the work that is due now. Each step does so; the console calls it between requests.
void main_loop_run_due(void);

// Moves the stepped clock forward, from deadline to deadline, and runs the work that is due.
//   ESP_ERR_INVALID_STATE  the clock is real
//   ESP_ERR_INVALID_ARG    more than MAIN_LOOP_MAX_ADVANCE_US
esp_err_t main_loop_advance(uint64_t us);

// The same, except that work which is due exactly at the end does not run yet: the caller does
// something else first at that time.
esp_err_t main_loop_approach(uint64_t us);
