#include "port_queue.h"

#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"

static StaticQueue_t memory;
static QueueHandle_t handle;

static esp_err_t queue_open(void *storage, uint32_t item_bytes, uint32_t capacity)
{
    if (handle) {
        vQueueDelete(handle);
    }
    handle = xQueueCreateStatic(capacity, item_bytes, storage, &memory);
    return handle ? ESP_OK : ESP_ERR_NO_MEM;
}

static bool queue_send(const void *item)
{
    return xQueueSend(handle, item, 0) == pdTRUE;
}

static bool queue_receive(void *item)
{
    return xQueueReceive(handle, item, 0) == pdTRUE;
}

static uint32_t queue_depth(void)
{
    return (uint32_t)uxQueueMessagesWaiting(handle);
}

const node_queue_t port_queue = {queue_open, queue_send, queue_receive, queue_depth};
