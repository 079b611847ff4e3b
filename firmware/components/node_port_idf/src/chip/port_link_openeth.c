// The link below UDP: OpenCores Ethernet, which emulators have. The address comes by DHCP.
#include "esp_eth.h"
#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"

#include "node_port_parts.h"

static const char *const TAG = "link";

static void got_address(void *unused, esp_event_base_t base, int32_t id, void *data)
{
    (void)unused;
    (void)base;
    (void)id;
    const ip_event_got_ip_t *event = data;
    ESP_LOGI(TAG, "address " IPSTR, IP2STR(&event->ip_info.ip));
}

static esp_err_t install_driver(esp_eth_handle_t *driver)
{
    eth_mac_config_t mac_config = ETH_MAC_DEFAULT_CONFIG();
    eth_phy_config_t phy_config = ETH_PHY_DEFAULT_CONFIG();
    phy_config.autonego_timeout_ms = 100; // the emulated PHY is always up
    esp_eth_mac_t *mac = esp_eth_mac_new_openeth(&mac_config);
    esp_eth_phy_t *phy = esp_eth_phy_new_dp83848(&phy_config);
    if (!mac || !phy) {
        return ESP_ERR_NO_MEM;
    }
    const esp_eth_config_t config = ETH_DEFAULT_CONFIG(mac, phy);
    return esp_eth_driver_install(&config, driver);
}

esp_err_t port_link_open(void)
{
    esp_err_t err = esp_netif_init();
    err = err ? err : esp_event_loop_create_default();
    err = err ? err : esp_event_handler_register(IP_EVENT, IP_EVENT_ETH_GOT_IP, got_address, NULL);
    if (err) {
        return err;
    }
    const esp_netif_config_t config = ESP_NETIF_DEFAULT_ETH();
    esp_netif_t *interface = esp_netif_new(&config);
    esp_eth_handle_t driver = NULL;
    err = interface ? install_driver(&driver) : ESP_ERR_NO_MEM;
    if (err) {
        return err;
    }
    esp_eth_netif_glue_handle_t glue = esp_eth_new_netif_glue(driver);
    err = glue ? esp_netif_attach(interface, glue) : ESP_ERR_NO_MEM;
    return err ? err : esp_eth_start(driver);
}
