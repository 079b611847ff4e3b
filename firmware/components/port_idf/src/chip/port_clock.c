#include "port_parts.h"

#include "esp_cpu.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "sdkconfig.h"

static int64_t boot_us;

// An emulated timer goes on counting through a reset.
void port_clock_open(void)
{
    boot_us = esp_timer_get_time();
}

uint64_t port_clock_us(void)
{
    return (uint64_t)(esp_timer_get_time() - boot_us);
}

// The counter has 32 bits and is the core's own: each core's is extended by itself. Two readings on
// one core differ rightly by up to 2^32 cycles, 17.9 s at 240 MHz.
uint64_t port_clock_cycles(void)
{
    static uint32_t last[CONFIG_FREERTOS_NUMBER_OF_CORES];
    static uint32_t high[CONFIG_FREERTOS_NUMBER_OF_CORES];
    // Another task of this core in between would find a count that goes back, and add a turn.
    const UBaseType_t state = portSET_INTERRUPT_MASK_FROM_ISR();
    const int core = esp_cpu_get_core_id();
    const uint32_t now = esp_cpu_get_cycle_count();
    high[core] += now < last[core];
    last[core] = now;
    const uint64_t cycles = (uint64_t)high[core] << 32 | now;
    portCLEAR_INTERRUPT_MASK_FROM_ISR(state);
    return cycles;
}
