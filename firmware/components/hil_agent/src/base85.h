// Base85 in the alphabet of RFC 1924, as Python's base64.b85encode: 4 bytes in 5 characters; a last
// group of n bytes in n + 1 characters.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define BASE85_ENCODED_LEN(n) (((n) / 4u) * 5u + ((n) % 4u ? (n) % 4u + 1u : 0u))

// Writes BASE85_ENCODED_LEN(len) characters and returns how many.
size_t base85_encode(const uint8_t *data /*[len]*/, size_t len, char *out);

#define BASE85_INVALID SIZE_MAX

// Returns the number of bytes written, or BASE85_INVALID: a character outside the alphabet, a group
// beyond 32 bits, a last group of one character, more than max bytes.
size_t base85_decode(const char *text /*[len]*/, size_t len, uint8_t *out /*[max]*/, size_t max);
