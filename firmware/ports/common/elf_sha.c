#include "elf_sha.h"

__attribute__((section(".elf_sha"), used)) const volatile uint8_t elf_sha256[32] = {0};
