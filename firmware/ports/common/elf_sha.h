#pragma once

#include <stdint.h>

// SHA-256 of the linked file with these 32 bytes as zeros; the build writes it into section
// .elf_sha afterwards, so the compiler must not know the value.
extern const volatile uint8_t elf_sha256[32];
