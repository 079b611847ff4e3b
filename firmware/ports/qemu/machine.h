// The `virt` machine of qemu-system-riscv32: where things are, and how to touch them.
#pragma once

#include <stdint.h>

#define TEST_DEVICE 0x00100000u // writing ends the machine or resets it
#define RTC_BASE    0x00101000u // goldfish: nanoseconds of the host's clock
#define CLINT_BASE  0x02000000u
#define PLIC_BASE   0x0C000000u
#define UART_BASE   0x10000000u // 16550
#define FLASH_BASE  0x22000000u // the second CFI bank: -drive if=pflash,unit=1
#define PCI_CONFIG  0x30000000u
#define PCI_MEMORY  0x40000000u

#define FLASH_BYTES       0x02000000u
#define FLASH_SECTOR      0x00040000u
#define TIMER_HZ          10000000u
#define TIMER_TICKS_US    (TIMER_HZ / 1000000u)
#define UART_IRQ          10u
#define TEST_DEVICE_RESET 0x7777u

#define MIE_TIMER    (1u << 7)
#define MSTATUS_MIE  (1u << 3)
#define MIE_EXTERNAL (1u << 11)

static inline void write8(uintptr_t address, uint8_t value)
{
    *(volatile uint8_t *)address = value;
}

static inline uint8_t read8(uintptr_t address)
{
    return *(const volatile uint8_t *)address;
}

static inline void write16(uintptr_t address, uint16_t value)
{
    *(volatile uint16_t *)address = value;
}

static inline uint16_t read16(uintptr_t address)
{
    return *(const volatile uint16_t *)address;
}

static inline void write32(uintptr_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

static inline uint32_t read32(uintptr_t address)
{
    return *(const volatile uint32_t *)address;
}

#define READ_CSR(name)                                                                             \
    __extension__({                                                                                \
        uint32_t value_;                                                                           \
        __asm__ volatile("csrr %0, " #name : "=r"(value_));                                        \
        value_;                                                                                    \
    })
#define SET_CSR(name, bits)   __asm__ volatile("csrs " #name ", %0" ::"r"(bits) : "memory")
#define CLEAR_CSR(name, bits) __asm__ volatile("csrc " #name ", %0" ::"r"(bits) : "memory")

static inline void interrupts_on(void)
{
    SET_CSR(mstatus, MSTATUS_MIE);
}

static inline void interrupts_off(void)
{
    CLEAR_CSR(mstatus, MSTATUS_MIE);
}
