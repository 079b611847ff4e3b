// Everything the node needs of the machine below it: one struct of functions and facts per port.
// The same node runs bare metal, under POSIX and under FreeRTOS; no other header names a chip or
// OS.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csi_frame.h"
#include "esp_err.h"
#include "node_setting_list.h"

#define NODE_SHA256_BYTES   32u
#define NODE_MAX_PARTITIONS 8u
#define NODE_PARTITION_NAME 16u
#define NODE_NEVER          UINT64_MAX // a deadline that does not come
#define NODE_WATCHDOG_MS    3000u      // the main loop feeds at least this often

// Values as in ESP-IDF's esp_reset_reason_t.
typedef enum {
    NODE_RESET_UNKNOWN = 0,
    NODE_RESET_POWER_ON = 1,
    NODE_RESET_SOFTWARE = 3,
    NODE_RESET_PANIC = 4,
    NODE_RESET_INTERRUPT_WATCHDOG = 5,
    NODE_RESET_TASK_WATCHDOG = 6,
    NODE_RESET_WATCHDOG = 7,
    NODE_RESET_BROWNOUT = 9,
} node_reset_reason_t;

typedef enum {
    NODE_PANIC_ABORT = 0,
    NODE_PANIC_BAD_LOAD = 1,
    NODE_PANIC_ILLEGAL = 2
} node_panic_t;

typedef enum {
    NODE_STACK_MAIN = 0,
    NODE_STACK_TEMPORAL = 1
} node_stack_t;

typedef enum {
    NODE_CYCLES_NONE = 0,
    NODE_CYCLES_INSTRUCTIONS = 1, // retired instructions
    NODE_CYCLES_CPU = 2,
} node_cycle_unit_t;

// The values are the boot report's.
typedef enum {
    NODE_SETTINGS_KEPT = 0,
    NODE_SETTINGS_ERASED = 1, // unreadable, so that what was set has its default
    NODE_SETTINGS_NO_STORE = 2,
} node_settings_lost_t;

typedef struct {
    char name[NODE_PARTITION_NAME]; // NUL padded
    uint32_t offset;
    uint32_t size;
} node_partition_t;

typedef struct {
    uint32_t total;
    uint32_t free;
    uint32_t min_free; // lowest since boot
} node_heap_t;

// The temporal task's work: does what is due and returns the node time of the next deadline.
typedef uint64_t (*node_worker_step_t)(void);

// A thread for the temporal task: 16 KiB of stack, the core without Wi-Fi, below the DSP task.
typedef struct {
    esp_err_t (*start)(node_worker_step_t step);
    void (*wake)(void);                          // there is work before the deadline
    void (*call)(void (*fn)(void *), void *arg); // fn(arg) in that thread; returns when it is done
    void (*stop)(void);                          // returns when the thread has left `step` for good
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
    // identity
    const char *target;
    const char *chip;
    const char *version;
    const char *idf_version;            // "" without ESP-IDF
    const volatile uint8_t *elf_sha256; // [NODE_SHA256_BYTES]
    uint32_t boot_nonce;                // another one after each reset
    node_reset_reason_t reset_reason;
    uint32_t flash_bytes;
    uint8_t n_partitions;
    node_partition_t partitions[NODE_MAX_PARTITIONS];

    // time
    uint64_t (*clock_us)(void);    // since boot
    void (*idle)(uint64_t max_us); // returns on console input, at the latest after max_us
    node_cycle_unit_t cycle_unit;
    uint64_t (*cycles)(void);

    // console
    uint32_t uart_rx_bytes;                         // size of the receive buffer
    size_t (*uart_read)(uint8_t *data, size_t max); // what is there, may be nothing
    void (*uart_write)(const void *data, size_t len);
    void (*uart_flush)(void);
    uint32_t (*uart_overruns)(void); // bytes lost since boot

    // network; NULL where there is none. From any thread, each without the lock below
    esp_err_t (*net_send)(const void *datagram, size_t len);
    void (*net_target_port)(uint16_t port); // where they go; 0: as it is set

    // end of this boot; none of them returns
    void (*restart)(void);
    void (*panic)(node_panic_t kind);
    void (*hang)(bool interrupts_off);

    void (*watchdog)(uint32_t timeout_ms); // feeds it, and says when it has to be fed next

    node_heap_t (*heap)(void);
    uint32_t (*stack_free)(node_stack_t stack); // bytes never used
    // With `begin`, marks the stack; else how deep below that it went since. NULL where unknown.
    uint32_t (*stack_depth)(bool begin);

    node_settings_lost_t settings_lost;
    // Settings, for the numbers and for the bytes of the list; NOT_FOUND: never set.
    esp_err_t (*setting_get)(node_setting_t key, uint32_t *value);
    esp_err_t (*setting_set)(node_setting_t key, uint32_t value);
    // *len: room in `data`, then what is there; INVALID_SIZE: more than that
    esp_err_t (*setting_get_bytes)(node_setting_t key, void *data, size_t *len);
    esp_err_t (*setting_set_bytes)(node_setting_t key, const void *data, size_t len);

    // scratch memory for kernel tests; NULL where there is none
    uint8_t *arena; // [arena_bytes] aligned to 16
    uint32_t arena_bytes;

    node_flash_t flash;
    const uint8_t *embedded_blob; // [embedded_blob_bytes] NULL: none in this image
    size_t embedded_blob_bytes;

    const node_radio_t *radio; // NULL: none

    const node_worker_t *worker; // NULL: the main loop is the worker
    const node_queue_t *queue;
    // The console's, and of what is counted beside it. Recursive; NULL where there is one thread.
    // Any thread's log line takes it: who holds it waits for no other thread, the network's least
    // of all.
    void (*lock)(void);
    void (*unlock)(void);
} node_port_t;

extern const node_port_t *node_port;

static inline void node_lock(void)
{
    if (node_port->lock) {
        node_port->lock();
    }
}

static inline void node_unlock(void)
{
    if (node_port->unlock) {
        node_port->unlock();
    }
}

// The port's own queue where the OS has none: a ring.
extern const node_queue_t node_ring_queue;
