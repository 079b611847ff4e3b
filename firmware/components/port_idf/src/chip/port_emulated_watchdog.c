// Espressif's QEMU gives the ESP32-S3's timer groups the ESP32-C3's watchdog registers: what is
// configured counts only when bit 22 of WDTCONFIG0 is written, which the ESP32-S3 does not have and
// ESP-IDF does not write. With it ESP-IDF's task and interrupt watchdogs work there as on a chip.
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

// A watchdog that has fired still fires after the reset: nothing resets the timer groups there, and
// an interrupt goes away only by the CPU's line it came by. Before ESP-IDF starts the interrupt
// watchdog, which app_main comes too late for.
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
