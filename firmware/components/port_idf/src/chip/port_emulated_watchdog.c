// In Espressif's QEMU the timer groups of the ESP32-S3 have the watchdog registers of the ESP32-C3:
// a configuration takes effect only when bit 22 of WDTCONFIG0 is written. The ESP32-S3 does not
// have that bit, and ESP-IDF does not write it. With it, ESP-IDF's task and interrupt watchdogs
// work.
#include "port_parts.h"

#include "esp_rom_sys.h"
#include "soc/interrupts.h"
#include "soc/soc.h"
#include "soc/soc_caps.h"
#include "soc/timer_group_reg.h"

#define CONF_UPDATE BIT(22)
#define WRITE_KEY   0x50D83AA1u

static void update(unsigned group)
{
    REG_WRITE(TIMG_WDTWPROTECT_REG(group), WRITE_KEY);
    REG_SET_BIT(TIMG_WDTCONFIG0_REG(group), CONF_UPDATE);
    REG_WRITE(TIMG_WDTWPROTECT_REG(group), 0);
}

// In the emulator a reset does not reset the timer groups, so a watchdog that has fired fires again
// after it; and its interrupt ends only on the line of the CPU on which it came. This has to run
// before ESP-IDF starts the interrupt watchdog, so app_main would be too late.
static __attribute__((constructor)) void forget(void)
{
    for (int cpu = 0; cpu < SOC_CPU_CORES_NUM; cpu++) {
        esp_rom_route_intr_matrix(cpu, ETS_TG1_WDT_LEVEL_INTR_SOURCE, ETS_INT_WDT_INUM);
    }
    REG_WRITE(TIMG_INT_CLR_TIMERS_REG(0), TIMG_WDT_INT_CLR);
    REG_WRITE(TIMG_INT_CLR_TIMERS_REG(1), TIMG_WDT_INT_CLR);
}

void port_emulated_watchdog_update(void)
{
    update(0); // ESP-IDF's task watchdog
    update(1); // ESP-IDF's interrupt watchdog
}
