// Everything that a firmware needs of the machine below it: each port fills one struct of functions
// and facts. The same firmware runs bare metal, under POSIX and under FreeRTOS; only the ports name
// a chip or an operating system.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINE_SHA256_BYTES   32u
#define MACHINE_MAX_PARTITIONS 8u
#define MACHINE_PARTITION_NAME 16u
#define MACHINE_NEVER          UINT64_MAX // as a deadline: there is none
#define MACHINE_WATCHDOG_MS    3000u      // the main loop feeds the watchdog at least this often

// Values as in ESP-IDF's esp_reset_reason_t.
typedef enum {
    MACHINE_RESET_UNKNOWN = 0,
    MACHINE_RESET_POWER_ON = 1,
    MACHINE_RESET_SOFTWARE = 3,
    MACHINE_RESET_PANIC = 4,
    MACHINE_RESET_INTERRUPT_WATCHDOG = 5,
    MACHINE_RESET_TASK_WATCHDOG = 6,
    MACHINE_RESET_WATCHDOG = 7,
    MACHINE_RESET_BROWNOUT = 9,
} machine_reset_reason_t;

typedef enum {
    MACHINE_PANIC_ABORT = 0,
    MACHINE_PANIC_BAD_LOAD = 1,
    MACHINE_PANIC_ILLEGAL = 2
} machine_panic_t;

typedef enum {
    MACHINE_CYCLES_NONE = 0,
    MACHINE_CYCLES_INSTRUCTIONS = 1, // retired instructions
    MACHINE_CYCLES_CPU = 2,
} machine_cycle_unit_t;

typedef struct {
    char name[MACHINE_PARTITION_NAME]; // NUL padded
    uint32_t offset;
    uint32_t size;
} machine_partition_t;

typedef struct {
    uint32_t total;
    uint32_t free;
    uint32_t min_free; // lowest since boot
} machine_heap_t;

typedef struct {
    // identity
    const char *target;
    const char *chip;
    const char *version;
    const char *idf_version;            // "" without ESP-IDF
    const volatile uint8_t *elf_sha256; // [MACHINE_SHA256_BYTES]
    uint32_t boot_nonce;                // a different one after each reset
    machine_reset_reason_t reset_reason;
    uint32_t flash_bytes;
    uint8_t n_partitions;
    machine_partition_t partitions[MACHINE_MAX_PARTITIONS];

    // time
    uint64_t (*clock_us)(void);    // since boot
    void (*idle)(uint64_t max_us); // returns on console input, at the latest after max_us
    machine_cycle_unit_t cycle_unit;
    uint64_t (*cycles)(void);

    // console
    uint32_t uart_rx_bytes;                         // size of the receive buffer
    size_t (*uart_read)(uint8_t *data, size_t max); // does not wait; may return 0
    void (*uart_write)(const void *data, size_t len);
    void (*uart_flush)(void);
    uint32_t (*uart_overruns)(void); // bytes lost since boot

    // the end of this boot: none of these functions returns
    void (*restart)(void);
    void (*panic)(machine_panic_t kind);
    void (*hang)(bool interrupts_off);

    void (*watchdog)(uint32_t timeout_ms); // feeds it; it has to be fed again within timeout_ms

    machine_heap_t (*heap)(void);
    uint32_t (*stack_free)(void); // bytes of the main loop's stack that were never used
    // With `begin`, marks where the stack ends now; without, returns how many bytes further it has
    // gone since. NULL where the machine cannot tell.
    uint32_t (*stack_depth)(bool begin);

    // scratch memory for tests; NULL where the machine has none
    uint8_t *arena; // [arena_bytes] aligned to 16
    uint32_t arena_bytes;

    // The lock of the console and of the counters beside it. Recursive; NULL where there is only
    // one thread. Every thread takes it to log a line, so a thread that holds it must not wait for
    // another one, least of all for the network's.
    void (*lock)(void);
    void (*unlock)(void);
} machine_port_t;

extern const machine_port_t *machine_port;

// Sets `machine_port`, which everything may use from then on.
void machine_init(const machine_port_t *port);

const char *machine_reset_reason_name(machine_reset_reason_t reason);

static inline void machine_lock(void)
{
    if (machine_port->lock) {
        machine_port->lock();
    }
}

static inline void machine_unlock(void)
{
    if (machine_port->unlock) {
        machine_port->unlock();
    }
}
