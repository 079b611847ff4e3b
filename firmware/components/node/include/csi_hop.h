// The channel that the node listens on: one, or those of a table in turn.
#pragma once

#include <stdint.h>

#include "esp_err.h"

#define CSI_MAX_HOPS 14u

// The first channel at once, the next one every dwell_ms. No channels: no hopping.
//   ESP_ERR_INVALID_ARG  too many channels, one that does not exist, or no time to dwell
esp_err_t csi_hop_start(const uint8_t *channels /*[n]*/, uint32_t n, uint32_t dwell_ms);
void csi_hop_stop(void); // stays on the channel it is on

void csi_hop_run(void);
uint64_t csi_hop_next(void); // MACHINE_NEVER while it does not hop

uint8_t csi_hop_channel(void); // 0: not known
uint32_t csi_hop_count(void);  // since the start
