// Pings the gateway, so that its access point sends frames to hear: `traffic_hz` a second, fewer
// while answers stay away.
#pragma once

#include <stdint.h>

#include "esp_err.h"

// Once, before the first of the others.
esp_err_t port_traffic_open(void);

void port_traffic_begin(uint32_t gateway); // IPv4, in the network's order
void port_traffic_end(void);
