#include "port_parts.h"

#include "esp_cpu.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "sdkconfig.h"

static int64_t boot_us;

// In an emulator the timer is not set to 0 by a reset.
void port_clock_open(void)
{
    boot_us = esp_timer_get_time();
}

uint64_t port_clock_us(void)
{
    return (uint64_t)(esp_timer_get_time() - boot_us);
}

// Each core has a counter of 32 bits, which is extended to 64 here, core by core. The difference of
// two readings on one core is right up to 2^32 cycles, 17.9 s at 240 MHz.
uint64_t port_clock_cycles(void)
{
    static uint32_t last[CONFIG_FREERTOS_NUMBER_OF_CORES];
    static uint32_t high[CONFIG_FREERTOS_NUMBER_OF_CORES];
    // Another task of this core must not come in between: it would see the count go back.
    const UBaseType_t state = portSET_INTERRUPT_MASK_FROM_ISR();
    const int core = esp_cpu_get_core_id();
    const uint32_t now = esp_cpu_get_cycle_count();
    high[core] += now < last[core];
    last[core] = now;
    const uint64_t cycles = (uint64_t)high[core] << 32 | now;
    portCLEAR_INTERRUPT_MASK_FROM_ISR(state);
    return cycles;
}
