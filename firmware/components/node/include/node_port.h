// What only a sensing node needs of the machine below it, beside machine_port.h: settings, the
// weights partition, a network, a radio, a thread for the temporal task. One struct per port.
#pragma once

#include <stddef.h>

#include "csi_frame.h"
#include "esp_err.h"
#include "node_setting_list.h"

// The values are those of the boot report.
typedef enum {
    NODE_SETTINGS_KEPT = 0,
    NODE_SETTINGS_ERASED = 1, // unreadable: every setting has its default
    NODE_SETTINGS_NO_STORE = 2,
    NODE_SETTINGS_DAMAGED = 3, // some are, which have the value before or their default
} node_settings_lost_t;

// The temporal task's work: does what is due and returns the node time of the next deadline.
typedef uint64_t (*node_worker_step_t)(void);

// A thread for the temporal task: 16 KiB of stack, the core without Wi-Fi, below the DSP task.
typedef struct {
    esp_err_t (*start)(node_worker_step_t step);
    void (*wake)(void);                          // there is work before the deadline
    void (*call)(void (*fn)(void *), void *arg); // fn(arg) in that thread; returns when it is done
    void (*stop)(void);                          // returns when the thread has left `step` for good
    uint32_t (*stack_free)(void);                // bytes of its stack that were never used
} node_worker_t;

// The queue into the temporal task. One exists; `send` and `receive` never block.
typedef struct {
    esp_err_t (*open)(void *storage, uint32_t item_bytes, uint32_t capacity);
    bool (*send)(const void *item); // false: full
    bool (*receive)(void *item);    // false: empty
    uint32_t (*depth)(void);
} node_queue_t;

// The weights partition: NOR flash, so `write` only clears bits and `erase` sets whole units.
typedef struct {
    uint32_t size;
    uint32_t erase_size;
    const uint8_t *map; // [size] the partition as memory, always current
    esp_err_t (*write)(uint32_t offset, const void *data, size_t len);
    esp_err_t (*erase)(uint32_t offset, size_t len); // both multiples of erase_size
} node_flash_t;

// A radio that reports channel state: once started, every frame goes to `receive`, from a thread of
// the radio's own.
typedef struct {
    esp_err_t (*start)(void (*receive)(const csi_frame_t *frame));
    void (*stop)(void);
    esp_err_t (*set_channel)(uint8_t channel);
} node_radio_t;

typedef struct {
    // Network; NULL where there is none. Called from any thread, without the machine's lock.
    esp_err_t (*net_send)(const void *datagram, size_t len);
    void (*net_target_port)(uint16_t port); // that datagrams go to; 0: the one that is set

    node_settings_lost_t settings_lost;
    // Settings, for the numbers and for the bytes of the list; NOT_FOUND: never set.
    esp_err_t (*setting_get)(node_setting_t key, uint32_t *value);
    esp_err_t (*setting_set)(node_setting_t key, uint32_t value);
    // *len: the size of `data`, then of what is set; INVALID_SIZE: that is larger
    esp_err_t (*setting_get_bytes)(node_setting_t key, void *data, size_t *len);
    esp_err_t (*setting_set_bytes)(node_setting_t key, const void *data, size_t len);

    node_flash_t flash;
    const uint8_t *embedded_blob; // [embedded_blob_bytes] NULL: none in this image
    size_t embedded_blob_bytes;

    const node_radio_t *radio; // NULL: none

    const node_worker_t *worker; // NULL: the main loop is the worker
    const node_queue_t *queue;
} node_port_t;

extern const node_port_t *node_port;

// A ring, for ports whose operating system has no queue.
extern const node_queue_t node_ring_queue;
