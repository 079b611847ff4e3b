// A reset, and what survives it: a block of RAM that no segment of the file covers.
#include "machine.h"
#include "qemu_port.h"

#define MAGIC    0x4E4F4445u
#define RTC_LOW  (RTC_BASE + 0u) // reading it latches the high half
#define RTC_HIGH (RTC_BASE + 4u)

typedef struct {
    uint32_t magic;
    uint32_t reason; // of the next reset; 0: the firmware has not asked for one
    uint32_t nonce;  // of the boot before
} retained_t;

extern retained_t __retained;

machine_reset_reason_t reset_reason(void)
{
    retained_t *retained = &__retained;
    const bool fired = watchdog_caused_reset();
    machine_reset_reason_t reason = MACHINE_RESET_POWER_ON;
    if (retained->magic == MAGIC && retained->reason != 0) {
        reason =
            (machine_reset_reason_t)retained->reason; // a panic that took too long stays a panic
    } else if (fired) {
        reason = MACHINE_RESET_WATCHDOG;
    }
    if (retained->magic != MAGIC) {
        retained->magic = MAGIC;
        retained->nonce = 0;
    }
    retained->reason = 0;
    return reason;
}

// The host's clock makes it different in each run; it also differs from that of the last boot.
uint32_t reset_nonce(void)
{
    const uint32_t low = read32(RTC_LOW);
    uint32_t nonce = (low ^ read32(RTC_HIGH)) * 2654435761u;
    nonce ^= nonce >> 16;
    if (nonce == 0 || nonce == __retained.nonce) {
        nonce = __retained.nonce + 1u;
    }
    __retained.nonce = nonce;
    return nonce;
}

void reset_now(machine_reset_reason_t reason)
{
    __retained.reason = (uint32_t)reason;
    write32(TEST_DEVICE, TEST_DEVICE_RESET);
    for (;;) {
    }
}
