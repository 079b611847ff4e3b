#include "port_parts.h"

#include <stdlib.h>

#include "esp_system.h"
#include "freertos/FreeRTOS.h"

void port_reset_open(void)
{
}

machine_reset_reason_t port_reset_reason(void)
{
    return (machine_reset_reason_t)esp_reset_reason();
}

void port_reset_restart(void)
{
    esp_restart();
}

void port_reset_panic(machine_panic_t kind)
{
    // volatile, so that the compiler does not know where it points
    const volatile uint32_t *const volatile nowhere = (const volatile uint32_t *)(uintptr_t)16;
    if (kind == MACHINE_PANIC_BAD_LOAD) {
        (void)*nowhere;
    } else if (kind == MACHINE_PANIC_ILLEGAL) {
#if __XTENSA__
        __asm__ volatile("ill");
#else
        __asm__ volatile("unimp");
#endif
    }
    abort();
}

void port_reset_hang(bool interrupts_off)
{
    if (interrupts_off) {
        portDISABLE_INTERRUPTS();
    }
    for (;;) {
        __asm__ volatile("nop");
    }
}
