// An emulated NOR flash: programming clears bits, erasing sets whole sectors, and both can be
// interrupted or go wrong. An operation is the program of one page or the erase of one sector.
#pragma once

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

#define NOR_SECTOR  768u // header, record and the first page of a blob
#define NOR_PAGE    256u
#define NOR_BYTES   (8u * NOR_SECTOR)
#define NOR_MAX_OPS 512u

typedef enum {
    NOR_NOTHING,
    NOR_CUT,      // the power fails in it
    NOR_SHORT,    // it ends early and says nothing
    NOR_LATE,     // it takes effect behind the one that follows
    NOR_LATE_CUT, // it would, but the power fails before
} nor_event_t;

// What happens in which operation, counted from 0 since it was armed.
typedef struct {
    nor_event_t event;
    uint32_t op;
    uint32_t bytes; // of it that are done
    bool ragged;    // of the rest, any bits
} nor_plan_t;

typedef struct {
    uint32_t count;
    uint16_t bytes[NOR_MAX_OPS]; // [count] of each
    bool erases[NOR_MAX_OPS];    // [count]
} nor_log_t;

extern uint8_t nor_memory[NOR_BYTES];
extern jmp_buf nor_power_off; // where a cut goes

void nor_seed(uint32_t seed); // of ragged bits
void nor_arm(const nor_plan_t *plan);
void nor_disarm(void);          // what is late takes effect
const nor_log_t *nor_log(void); // since it was armed

// A bit that is always 0, or always 1. A sector whose erase leaves bits as they are.
void nor_stick(uint32_t offset, uint8_t mask, bool one);
void nor_wear(uint32_t sector, uint32_t seed);
void nor_mend(void);

esp_err_t nor_write(uint32_t offset, const void *data, size_t len);
esp_err_t nor_erase(uint32_t offset, size_t len);
