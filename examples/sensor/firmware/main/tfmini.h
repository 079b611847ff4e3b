// A driver of a distance sensor that sends frames of nine bytes on a serial
// line: 0x59 0x59, distance in cm and strength, low byte first, two bytes of
// temperature, and the sum of the eight before it.
#pragma once

#include <stdint.h>

#define TFMINI_FRAME_BYTES 9u

void tfmini_reset(void); // forgets half a frame

// Takes bytes as they come, in pieces of any size. Frames that are whole and
// right are told, in order, up to n / TFMINI_FRAME_BYTES + 1 of them; of a
// damaged one only its first byte is thrown away.
//   bytes [n]  distance_cm, strength [room]  returns how many were told
uint32_t tfmini_take(const uint8_t *bytes, uint32_t n, uint16_t *distance_cm, uint16_t *strength,
                     uint32_t room);
