#include "node_port_parts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "esp_log.h"
#include "sdkconfig.h"

static const char *const TAG = "network";

static int udp = -1;
static struct sockaddr_in target;

esp_err_t port_network_open(void)
{
    char host[INET_ADDRSTRLEN];
#if !CONFIG_NODE_NETWORK_HOST
    const esp_err_t err = port_link_open();
    if (err) {
        ESP_LOGW(TAG, "packets go nowhere: %s", esp_err_to_name(err));
        return err;
    }
#endif
    port_settings_target_host(host, sizeof host);
    target.sin_family = AF_INET;
    port_network_target_port(0);
    if (inet_pton(AF_INET, host, &target.sin_addr) != 1) {
        ESP_LOGE(TAG, "target host \"%s\" is no IPv4 address: set target_host", host);
        return ESP_ERR_INVALID_ARG;
    }
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    ESP_LOGI(TAG, "packets go to %s:%u", host, (unsigned)port_settings_target_port());
    return udp < 0 ? ESP_ERR_NO_MEM : ESP_OK;
}

esp_err_t port_network_send(const void *datagram, size_t len)
{
    const struct sockaddr_in to = target; // another thread may change its port
    const ssize_t sent =
        sendto(udp, datagram, len, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof to);
    return sent == (ssize_t)len ? ESP_OK : ESP_FAIL;
}

void port_network_target_port(uint16_t port)
{
    target.sin_port = htons(port ? port : port_settings_target_port());
}
