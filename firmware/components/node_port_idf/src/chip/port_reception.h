// What differs between chips in receiving channel state: what the driver is asked for, and what the
// bytes of a frame mean.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "esp_err.h"
#include "esp_wifi.h"

esp_err_t port_reception_configure(void);

// False: the chip says that there is no channel state in the frame.
bool port_reception_is_valid(const wifi_csi_info_t *info);

// The layout word.
uint16_t port_reception_layout(const wifi_csi_info_t *info);
