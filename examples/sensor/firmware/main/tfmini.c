#include "tfmini.h"

#include <stdbool.h>
#include <string.h>

#include "hil_export.h"

#define HEAD 0x59u

static uint8_t frame[TFMINI_FRAME_BYTES]; // [filled]
static uint32_t filled;

void tfmini_reset(void)
{
    filled = 0;
}

static bool begins_like_a_frame(void)
{
    return (filled < 1u || frame[0] == HEAD) && (filled < 2u || frame[1] == HEAD);
}

static bool is_right(void)
{
    uint8_t sum = 0;
    for (uint32_t i = 0; i < TFMINI_FRAME_BYTES - 1u; i++) {
        sum = (uint8_t)(sum + frame[i]);
    }
    return sum == frame[TFMINI_FRAME_BYTES - 1u];
}

// Throws the first byte away, and more until what is left may be the beginning
// of a frame.
static void skip(void)
{
    do {
        filled--;
        memmove(frame, frame + 1, filled);
    } while (filled > 0 && !begins_like_a_frame());
}

uint32_t tfmini_take(const uint8_t *bytes, uint32_t n, uint16_t *distance_cm, uint16_t *strength,
                     uint32_t room)
{
    uint32_t told = 0;
    for (uint32_t i = 0; i < n; i++) {
        frame[filled++] = bytes[i];
        if (!begins_like_a_frame()) {
            skip();
        } else if (filled == TFMINI_FRAME_BYTES && !is_right()) {
            skip();
        } else if (filled == TFMINI_FRAME_BYTES) {
            if (told < room) {
                distance_cm[told] = (uint16_t)(frame[2] | frame[3] << 8);
                strength[told] = (uint16_t)(frame[4] | frame[5] << 8);
                told++;
            }
            filled = 0;
        }
    }
    return told;
}

#define TAKE(IN, OUT, IN_OUT, VALUE)                                                               \
    IN(uint8_t, bytes, n)                                                                          \
    VALUE(uint32_t, n)                                                                             \
    OUT(uint16_t, distance_cm, room) OUT(uint16_t, strength, room) VALUE(uint32_t, room)
HIL_EXPORT_RESULT(uint32_t, tfmini_take, TAKE);

#define NOTHING(IN, OUT, IN_OUT, VALUE)
HIL_EXPORT(tfmini_reset, NOTHING);
