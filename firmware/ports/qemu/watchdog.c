// The Intel 6300ESB watchdog on the PCI bus (-device i6300esb): it resets the machine even with
// interrupts off, and remembers that it did. Without the device there is no watchdog.
#include "machine.h"
#include "qemu_port.h"

#define VENDOR_DEVICE 0x25AB8086u
#define PCI_SLOTS     32u
#define PCI_SLOT_SIZE 0x8000u

// configuration space
#define PCI_ID      0x00u
#define PCI_COMMAND 0x04u
#define PCI_BAR0    0x10u
#define ESB_CONFIG  0x60u
#define ESB_LOCK    0x68u

#define COMMAND_MEMORY  0x2u
#define CONFIG_1KHZ_NMI 0x0003u // no interrupt after stage 1, reboot after stage 2, 1 ms units
#define LOCK_ENABLE     0x2u

// memory space
#define TIMER1     (PCI_MEMORY + 0x0u)
#define TIMER2     (PCI_MEMORY + 0x4u)
#define RELOAD     (PCI_MEMORY + 0xCu)
#define UNLOCK_1   0x80u
#define UNLOCK_2   0x86u
#define RELOAD_BIT 0x0100u
#define REBOOTED   0x0200u
#define MAX_TICKS  0xFFFFFu

#define FEED_GAP_TICKS ((uint64_t)TIMER_HZ / 10u) // feeding is slow: not more often than this

static uintptr_t config; // 0: no device
static uint32_t current_ms;
static uint64_t last_feed;

static uintptr_t find_device(void)
{
    for (uint32_t slot = 0; slot < PCI_SLOTS; slot++) {
        const uintptr_t at = PCI_CONFIG + slot * PCI_SLOT_SIZE;
        if (read32(at + PCI_ID) == VENDOR_DEVICE) {
            return at;
        }
    }
    return 0;
}

static void unlock(void)
{
    write16(RELOAD, UNLOCK_1);
    write16(RELOAD, UNLOCK_2);
}

// A tick is 2^15 cycles at 33 MHz, which is about a millisecond.
static void set_timeout(uint32_t ms)
{
    unlock();
    write32(TIMER1, ms < MAX_TICKS ? ms : MAX_TICKS);
    unlock();
    write32(TIMER2, 1);
    current_ms = ms;
}

void watchdog_start(void)
{
    config = find_device();
    if (!config) {
        return;
    }
    write32(config + PCI_BAR0, PCI_MEMORY);
    write16(config + PCI_COMMAND, COMMAND_MEMORY);
    write16(config + ESB_CONFIG, CONFIG_1KHZ_NMI);
    set_timeout(MACHINE_WATCHDOG_MS);
    write8(config + ESB_LOCK, LOCK_ENABLE);
    last_feed = timer_ticks();
}

bool watchdog_caused_reset(void)
{
    if (!config || !(read16(RELOAD) & REBOOTED)) {
        return false;
    }
    unlock();
    write16(RELOAD, REBOOTED); // writing clears it
    return true;
}

void watchdog_feed(uint32_t timeout_ms)
{
    const uint64_t now = timer_ticks();
    if (!config || (timeout_ms == current_ms && now - last_feed < FEED_GAP_TICKS)) {
        return;
    }
    if (timeout_ms != current_ms) {
        set_timeout(timeout_ms);
    }
    unlock();
    write16(RELOAD, RELOAD_BIT);
    last_feed = now;
}
