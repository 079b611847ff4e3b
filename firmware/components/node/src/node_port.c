// The port in use, and the temporal task's queue for ports without an operating system: a ring, for
// one thread.
#include "node_port.h"

#include <string.h>

const node_port_t *node_port;

static struct {
    uint8_t *storage; // [capacity, item_bytes]
    uint32_t item_bytes;
    uint32_t capacity;
    uint32_t head; // the oldest item
    uint32_t depth;
} ring;

static esp_err_t ring_open(void *storage, uint32_t item_bytes, uint32_t capacity)
{
    ring.storage = storage;
    ring.item_bytes = item_bytes;
    ring.capacity = capacity;
    ring.head = 0;
    ring.depth = 0;
    return ESP_OK;
}

static uint8_t *slot(uint32_t index)
{
    return ring.storage + (size_t)(index % ring.capacity) * ring.item_bytes;
}

static bool ring_send(const void *item)
{
    if (ring.depth == ring.capacity) {
        return false;
    }
    memcpy(slot(ring.head + ring.depth), item, ring.item_bytes);
    ring.depth++;
    return true;
}

static bool ring_receive(void *item)
{
    if (ring.depth == 0) {
        return false;
    }
    memcpy(item, slot(ring.head), ring.item_bytes);
    ring.head = (ring.head + 1u) % ring.capacity;
    ring.depth--;
    return true;
}

static uint32_t ring_depth(void)
{
    return ring.depth;
}

const node_queue_t node_ring_queue = {ring_open, ring_send, ring_receive, ring_depth};
