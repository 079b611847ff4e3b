// What the files of this port do for each other.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "node_port.h"

// What the temporal task has of FreeRTOS: its thread, and the queue into it. (port_worker.c)
extern const node_worker_t port_worker;
extern const node_queue_t port_queue;
void port_worker_open(void); // after port_idf_open

// The weights partition; size 0 without one.
void port_weights_open(node_flash_t *flash);

// The node's settings in NVS, namespace "node". ESP_ERR_NOT_FOUND: never set.
node_settings_lost_t port_settings_open(void);
esp_err_t port_settings_get(node_setting_t key, uint32_t *value);
esp_err_t port_settings_set(node_setting_t key, uint32_t value);
esp_err_t port_settings_get_bytes(node_setting_t key, void *data, size_t *len);
esp_err_t port_settings_set_bytes(node_setting_t key, const void *data, size_t len);

// From NVS, else what the image was built with.
uint16_t port_settings_target_port(void);
void port_settings_target_host(char *host /*[len]*/, size_t len);
// Empty where they were never set.
void port_settings_wifi(char *ssid /*[ssid_len]*/, size_t ssid_len,
                        char *password /*[password_len]*/, size_t password_len);

// UDP to the configured host, where the image has a network.
esp_err_t port_network_open(void);
esp_err_t port_network_send(const void *datagram /*[len]*/, size_t len);
void port_network_target_port(uint16_t port); // 0: the one that is set

// The link below UDP, which a chip has to bring up.
esp_err_t port_link_open(void);
bool port_link_joins(void); // of Wi-Fi, after port_link_open: there is a network to join

// Channel state from the chip's Wi-Fi. NULL: Wi-Fi is not up.
const node_radio_t *port_radio_open(void);

// Pings of the gateway, so that its access point sends frames to hear: `traffic_hz` a second, fewer
// while answers stay away. `open` is called once, before the first of the others.
esp_err_t port_traffic_open(void);
void port_traffic_begin(uint32_t gateway); // IPv4, in the network's order
void port_traffic_end(void);
