#include "port_parts.h"

#include <stdio.h>

#include "esp_app_desc.h"
#include "esp_chip_info.h"
#include "esp_flash.h"
#include "sdkconfig.h"

const char *port_identity_chip(void)
{
    static char text[32];
    esp_chip_info_t info;
    esp_chip_info(&info);
    (void)snprintf(text, sizeof text, "%s v%u.%u", CONFIG_IDF_TARGET,
                   (unsigned)(info.revision / 100u), (unsigned)(info.revision % 100u));
    return text;
}

// esptool writes it into the image when it makes the image from the ELF file.
const uint8_t *port_identity_elf_sha256(void)
{
    return esp_app_get_description()->app_elf_sha256;
}

void port_flash_open(void)
{
}

uint32_t port_flash_bytes(void)
{
    uint32_t bytes = 0;
    (void)esp_flash_get_physical_size(NULL, &bytes);
    return bytes;
}
