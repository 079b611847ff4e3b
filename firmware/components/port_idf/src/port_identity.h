// What runs, and on what.
#pragma once

#include <stdint.h>

const char *port_identity_chip(void);
const char *port_identity_version(void);
const char *port_identity_idf_version(void);
const uint8_t *port_identity_elf_sha256(void); // [MACHINE_SHA256_BYTES] of the ELF file
