// How regularly frames come: frames a second, and the frame clock.
#pragma once

#include <stdint.h>

void csi_rate_start(void);
void csi_rate_frame(uint64_t ts_us); // timestamps grow

uint16_t csi_rate_yield(uint64_t now_us); // frames of the last second
float csi_rate_hz(uint64_t now_us); // mean over the last two seconds; 0: fewer than two frames
uint16_t csi_rate_error_us(void);   // mean deviation of the spacing from its own mean
