// The description of a packed struct: its name, its size and its fields in order.
#pragma once

#include <stdint.h>

typedef struct {
    const char *name;
    uint16_t size;
} wire_field_t;

typedef struct {
    const char *name;
    uint16_t size;
    uint8_t n_fields;
    const wire_field_t *fields; // [n_fields], without gaps
} wire_struct_t;
