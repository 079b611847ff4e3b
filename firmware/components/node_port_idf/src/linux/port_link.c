#include "port_network.h"

esp_err_t port_network_link_open(void)
{
    return ESP_OK; // the host's network is up or it is not
}
