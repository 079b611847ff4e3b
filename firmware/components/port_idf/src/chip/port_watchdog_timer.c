// ESP-IDF's task watchdog, fed from the main task.
#include "esp_err.h"
#include "esp_task_wdt.h"
#include "sdkconfig.h"

#include "port_parts.h"

#if CONFIG_NODE_EMULATED
#define PATIENCE 4u // an emulator on a busy machine stands still for seconds
#else
#define PATIENCE 1u
#endif

static uint32_t current_ms;

static void configure(uint32_t timeout_ms)
{
    const esp_task_wdt_config_t config = {
        .timeout_ms = timeout_ms * PATIENCE,
        .trigger_panic = true,
    };
    if (timeout_ms == current_ms || esp_task_wdt_reconfigure(&config) != ESP_OK) {
        return;
    }
    current_ms = timeout_ms;
#if CONFIG_NODE_EMULATED
    port_emulated_watchdog_update();
#endif
}

void port_watchdog_timer_open(uint32_t timeout_ms)
{
    configure(timeout_ms);
    ESP_ERROR_CHECK(esp_task_wdt_add(NULL));
}

void port_watchdog_timer_feed(uint32_t timeout_ms)
{
    configure(timeout_ms);
    (void)esp_task_wdt_reset();
}
