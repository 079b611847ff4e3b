// The band-pass filters of the vital signs: Butterworth of order 2, as two biquads.
#pragma once

#include "edge_state.h"
#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

// Pass band low_hz..high_hz (-3 dB) at sample_hz, by the bilinear transform with both edges exact.
// The section with the lower resonance comes first.
//   ESP_ERR_INVALID_ARG  null pointer, or not 0 < low_hz < high_hz < sample_hz / 2
esp_err_t edge_bandpass_design(double low_hz, double high_hz, double sample_hz,
                               edge_bandpass_t *out);

// One sample through both sections.
float edge_bandpass_step(const edge_bandpass_t *filter, float state[2][2] /*[section]*/, float x);

#ifdef __cplusplus
}
#endif
