// Chips with Wi-Fi 6: a frame holds one training field, and the driver is told which for each kind
// of packet.
#include "port_reception.h"

#include "csi_layout.h"
#include "esp_idf_version.h"
#include "sdkconfig.h"

// From this version on the legacy field can be asked for in bytes. Before, it came in 12 bits and
// of every second carrier only.
#define LEGACY_IN_BYTES (ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 5, 3))

esp_err_t port_reception_configure(void)
{
#if CONFIG_SOC_WIFI_MAC_VERSION_NUM == 3 && LEGACY_IN_BYTES
    const wifi_csi_config_t config = {
        // the field that every packet has
        .enable = 1,
        .acquire_csi_legacy = 1,
        .acquire_csi_force_lltf = 1,
        .lltf_bit_mode = 1,
    };
#elif CONFIG_SOC_WIFI_MAC_VERSION_NUM == 3
    const wifi_csi_config_t config = {
        .enable = 1,
        .acquire_csi_ht20 = 1,
        .acquire_csi_ht40 = 1,
        .acquire_csi_vht = 1,
        .acquire_csi_su = 1,
    };
#else
    const wifi_csi_config_t config = {
        .enable = 1,
        .acquire_csi_legacy = 1,
        .acquire_csi_ht20 = 1,
        .acquire_csi_ht40 = 1,
        .acquire_csi_su = 1,
    };
#endif
    return esp_wifi_set_csi_config(&config);
}

bool port_reception_is_valid(const wifi_csi_info_t *info)
{
    return info->rx_ctrl.rx_channel_estimate_info_vld != 0;
}

uint16_t port_reception_layout(const wifi_csi_info_t *info)
{
#if CONFIG_SOC_WIFI_MAC_VERSION_NUM == 3
    return csi_layout_of_length((uint8_t)info->rx_ctrl.second, info->len / 2u,
                                info->first_word_invalid);
#else
    // The order is not documented; it is found from the nulls.
    return info->first_word_invalid ? CSI_LAYOUT_FIRST_INVALID : 0u;
#endif
}
