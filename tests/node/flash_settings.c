// The settings of the portable ports over a flash that a test drives: power
// fails after so many bytes or erased sectors.
#include <setjmp.h>
#include <string.h>

#include "flash_settings.h"

#define SECTOR  512u
#define SECTORS 8u // four a region

// What the test calls.
void settings_boot(void);
void settings_new(uint8_t filling);
uint32_t settings_set(uint32_t key, uint32_t value, uint32_t power);
int64_t settings_get(uint32_t key);
uint8_t *settings_flash(void);
uint32_t settings_flash_bytes(void);

static uint8_t flash[SECTOR * SECTORS];
static uint32_t steps_left;
static uint32_t steps_made;
static jmp_buf power_off;

static void step(void)
{
    if (steps_left == 0) {
        longjmp(power_off, 1);
    }
    steps_left--;
    steps_made++;
}

static esp_err_t flash_write(uint32_t offset, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++) {
        step();
        flash[offset + i] &= bytes[i];
    }
    return ESP_OK;
}

static esp_err_t flash_erase(uint32_t offset, size_t len)
{
    for (size_t at = 0; at < len; at += SECTOR) {
        step();
        memset(flash + offset + at, 0xFF, SECTOR);
    }
    return ESP_OK;
}

void settings_boot(void)
{
    const flash_settings_place_t place = {flash, 0, sizeof flash / FLASH_SETTINGS_REGIONS,
                                          flash_write, flash_erase};
    flash_settings_start(&place);
}

void settings_new(uint8_t filling)
{
    memset(flash, filling, sizeof flash);
    settings_boot();
}

// Returns the steps made. With less `power` than it takes the node boots again
// in the middle.
uint32_t settings_set(uint32_t key, uint32_t value, uint32_t power)
{
    steps_left = power;
    steps_made = 0;
    if (setjmp(power_off) == 0 && flash_setting_set((node_setting_t)key, value) == ESP_OK) {
        return steps_made;
    }
    settings_boot();
    return steps_made;
}

// -1: not set.
int64_t settings_get(uint32_t key)
{
    uint32_t value;
    return flash_setting_get((node_setting_t)key, &value) == ESP_OK ? (int64_t)value : -1;
}

uint8_t *settings_flash(void)
{
    return flash;
}

uint32_t settings_flash_bytes(void)
{
    return sizeof flash;
}
