#include "agent.h"

#define PAD 84u // a short last group is completed with the last character of the alphabet

static const char alphabet[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

// The value of each ASCII character; 255 where it is not in the alphabet.
// clang-format off
static const uint8_t value_of[128] = {
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255,  62, 255,  63,  64,  65,  66, 255,  67,  68,  69,  70, 255,  71, 255, 255,
      0,   1,   2,   3,   4,   5,   6,   7,   8,   9, 255,  72,  73,  74,  75,  76,
     77,  10,  11,  12,  13,  14,  15,  16,  17,  18,  19,  20,  21,  22,  23,  24,
     25,  26,  27,  28,  29,  30,  31,  32,  33,  34,  35, 255, 255, 255,  78,  79,
     80,  36,  37,  38,  39,  40,  41,  42,  43,  44,  45,  46,  47,  48,  49,  50,
     51,  52,  53,  54,  55,  56,  57,  58,  59,  60,  61,  81,  82,  83,  84, 255,
};
// clang-format on

size_t base85_encode(const uint8_t *data, size_t len, char *out)
{
    char *const start = out;
    while (len > 0) {
        const size_t n = len < 4u ? len : 4u;
        uint32_t word = 0;
        for (size_t i = 0; i < 4u; i++) {
            word = word << 8 | (i < n ? data[i] : 0u);
        }
        char digits[5];
        for (size_t i = 5; i-- > 0;) {
            digits[i] = alphabet[word % 85u];
            word /= 85u;
        }
        for (size_t i = 0; i <= n; i++) {
            *out++ = digits[i];
        }
        data += n;
        len -= n;
    }
    return (size_t)(out - start);
}

// Decodes a group of n characters; the missing ones count as the last one of the alphabet. Returns
// 0 where it is not a valid group.
static int decode_group(const char *text, size_t n, uint32_t *word)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4u; i++) {
        const unsigned char c = i < n ? (unsigned char)text[i] : (unsigned char)alphabet[PAD];
        if (c >= 128u || value_of[c] == 255u) {
            return 0;
        }
        value = value * 85u + value_of[c]; // 85^4 fits
    }
    const unsigned char last = n == 5u ? (unsigned char)text[4] : (unsigned char)alphabet[PAD];
    if (last >= 128u || value_of[last] == 255u) {
        return 0;
    }
    if (value > (UINT32_MAX - value_of[last]) / 85u) {
        return 0;
    }
    *word = value * 85u + value_of[last];
    return 1;
}

size_t base85_decode(const char *text, size_t len, uint8_t *out, size_t max)
{
    size_t used = 0;
    while (len > 0) {
        const size_t n = len < 5u ? len : 5u;
        uint32_t word;
        if (n < 2u || n - 1u > max - used || !decode_group(text, n, &word)) {
            return BASE85_INVALID;
        }
        for (size_t i = 0; i + 1u < n; i++) {
            out[used++] = (uint8_t)(word >> (24u - 8u * i));
        }
        text += n;
        len -= n;
    }
    return used;
}
