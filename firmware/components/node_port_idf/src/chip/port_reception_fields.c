// ESP32, S2, S3, C3: a frame holds the training fields that were switched on, one behind the other.
#include "port_reception.h"

#include "csi_layout.h"

// The legacy field, which every packet has, and the first HT field, which repeats its carriers, but
// not that of the second antenna. The fields are neither merged nor smoothed over the carriers, so
// that each value stays as it was measured.
#define KEPT 3u

esp_err_t port_reception_configure(void)
{
    const wifi_csi_config_t config = {
        .lltf_en = true,
        .htltf_en = true,
        .stbc_htltf2_en = false,
        .ltf_merge_en = false,
        .channel_filter_en = false,
        .manu_scale = false,
    };
    return esp_wifi_set_csi_config(&config);
}

bool port_reception_is_valid(const wifi_csi_info_t *info)
{
    (void)info; // these chips do not say
    return true;
}

uint16_t port_reception_layout(const wifi_csi_info_t *info)
{
    const csi_reception_t reception = {
        .secondary = (uint8_t)info->rx_ctrl.secondary_channel,
        .signal = (uint8_t)info->rx_ctrl.sig_mode,
        .is_wide = info->rx_ctrl.cwb != 0,
        .is_stbc = info->rx_ctrl.stbc != 0,
        .first_word_invalid = info->first_word_invalid,
        .kept = KEPT,
    };
    return csi_layout_of_reception(&reception);
}
