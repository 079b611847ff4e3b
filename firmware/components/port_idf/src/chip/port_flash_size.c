#include "esp_flash.h"

#include "port_flash.h"

void port_flash_open(void)
{
}

uint32_t port_flash_bytes(void)
{
    uint32_t bytes = 0;
    (void)esp_flash_get_physical_size(NULL, &bytes);
    return bytes;
}
