// The node's settings in NVS, namespace "node".
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "node_port.h"

node_settings_lost_t port_settings_open(void);
esp_err_t port_settings_get(node_setting_t key, uint32_t *value); // ESP_ERR_NOT_FOUND: never set
esp_err_t port_settings_set(node_setting_t key, uint32_t value);

esp_err_t port_settings_get_bytes(node_setting_t key, void *data, size_t *len);
esp_err_t port_settings_set_bytes(node_setting_t key, const void *data, size_t len);

// NVS first, then what the image was built with.
uint16_t port_settings_target_port(void);
void port_settings_target_host(char *host /*[len]*/, size_t len);
// Empty where they were never set.
void port_settings_wifi(char *ssid /*[ssid_len]*/, size_t ssid_len,
                        char *password /*[password_len]*/, size_t password_len);
