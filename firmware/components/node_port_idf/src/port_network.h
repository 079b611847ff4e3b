// UDP to the configured host.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

esp_err_t port_network_open(void); // ESP_ERR_NOT_SUPPORTED: the image has no network
esp_err_t port_network_send(const void *datagram /*[len]*/, size_t len);
void port_network_target_port(uint16_t port); // 0: the one that is set

// The link below, where ESP-IDF has to bring it up.
esp_err_t port_network_link_open(void);
