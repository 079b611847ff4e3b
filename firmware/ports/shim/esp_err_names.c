#include "esp_err.h"

#define NAME(code)                                                                                 \
    case code:                                                                                     \
        return #code;

const char *esp_err_to_name(esp_err_t code)
{
    switch (code) {
        // clang-format off
        NAME(ESP_OK)
        NAME(ESP_FAIL)
        NAME(ESP_ERR_NO_MEM)
        NAME(ESP_ERR_INVALID_ARG)
        NAME(ESP_ERR_INVALID_STATE)
        NAME(ESP_ERR_INVALID_SIZE)
        NAME(ESP_ERR_NOT_FOUND)
        NAME(ESP_ERR_NOT_SUPPORTED)
        NAME(ESP_ERR_TIMEOUT)
        NAME(ESP_ERR_INVALID_RESPONSE)
        NAME(ESP_ERR_INVALID_CRC)
        NAME(ESP_ERR_INVALID_VERSION)
        NAME(ESP_ERR_INVALID_MAC)
        NAME(ESP_ERR_NOT_FINISHED)
        NAME(ESP_ERR_NOT_ALLOWED)
        // clang-format on
    default:
        return "UNKNOWN ERROR";
    }
}
