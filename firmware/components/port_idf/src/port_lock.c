#include "port_lock.h"

#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"

static SemaphoreHandle_t mutex;
static StaticSemaphore_t memory;

void port_lock_open(void)
{
    mutex = xSemaphoreCreateRecursiveMutexStatic(&memory);
}

void port_lock_take(void)
{
    (void)xSemaphoreTakeRecursive(mutex, portMAX_DELAY);
}

void port_lock_give(void)
{
    (void)xSemaphoreGiveRecursive(mutex);
}
