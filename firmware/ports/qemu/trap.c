// Interrupts, and exceptions: a panic is printed, then the machine resets.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "qemu_port.h"

#define INTERRUPT          0x80000000u
#define INTERRUPT_TIMER    (INTERRUPT | 7u)
#define INTERRUPT_EXTERNAL (INTERRUPT | 11u)
#define PLIC_CLAIM         (PLIC_BASE + 0x200004u)
#define MAX_FRAMES         24u

#define PMP_NAPOT_NO_ACCESS_LOCKED 0x98u
#define GUARD_BYTES                4096u

extern const uint8_t __text_start[];
extern const uint8_t __text_end[];
extern uint8_t __stack_guard[];
extern const uint32_t __stack_top[];
extern const uint32_t __stack_bottom[];

static const char *const cause_names[] = {
    "instruction address misaligned",
    "instruction access fault",
    "illegal instruction",
    "abort", // ebreak
    "load address misaligned",
    "load access fault",
    "store address misaligned",
    "store access fault",
    "environment call",
};

static const char *const register_names[32] = {
    "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
    "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
    "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};

// Forbids access to a page below the stack, so that an overflow is a panic.
void trap_guard_stack(void)
{
    const uint32_t address = ((uint32_t)(uintptr_t)__stack_guard >> 2) | (GUARD_BYTES / 8u - 1u);
    __asm__ volatile("csrw pmpaddr0, %0" ::"r"(address));
    __asm__ volatile("csrw pmpcfg0, %0" ::"r"(PMP_NAPOT_NO_ACCESS_LOCKED));
}

// Whether a call may return to `address`: it is in the code, behind a call instruction.
static bool is_return_address(uint32_t address)
{
    const uint32_t start = (uint32_t)(uintptr_t)__text_start;
    const uint32_t end = (uint32_t)(uintptr_t)__text_end;
    if (address < start + 4u || address > end || address % 2u != 0) {
        return false;
    }
    uint16_t before[2];
    memcpy(before, (const void *)(uintptr_t)(address - 4u), sizeof before);
    const uint32_t wide = (uint32_t)before[1] << 16 | before[0];
    const bool jal_ra = (wide & 0xFFFu) == 0x0EFu;
    const bool jalr_ra = (wide & 0x7FFFu) == 0x00E7u;
    const bool c_jal = (before[1] & 0xE003u) == 0x2001u;
    const bool c_jalr = (before[1] & 0xF07Fu) == 0x9002u && (before[1] & 0x0F80u) != 0;
    return jal_ra || jalr_ra || c_jal || c_jalr;
}

// There are no frame pointers, so every return address on the stack is printed; now and then one of
// them is left over from an earlier call.
static void print_backtrace(const uint32_t *registers, uint32_t pc)
{
    char text[16];
    (void)snprintf(text, sizeof text, " 0x%08x", (unsigned)pc);
    uart_panic_write("Backtrace:");
    uart_panic_write(text);
    if (is_return_address(registers[1])) {
        (void)snprintf(text, sizeof text, " 0x%08x", (unsigned)registers[1]);
        uart_panic_write(text);
    }
    const uint32_t sp = registers[2] & ~3u;
    unsigned frames = 0;
    const bool in_stack =
        sp >= (uint32_t)(uintptr_t)__stack_guard && sp < (uint32_t)(uintptr_t)__stack_top;
    const uint32_t *at = (const uint32_t *)(uintptr_t)sp;
    if (at < __stack_bottom) {
        at = __stack_bottom; // below it is the guard page
    }
    for (; in_stack && at < __stack_top && frames < MAX_FRAMES; at++) {
        if (is_return_address(*at) && *at != registers[1]) {
            (void)snprintf(text, sizeof text, " 0x%08x", (unsigned)*at);
            uart_panic_write(text);
            frames++;
        }
    }
    uart_panic_write("\n");
}

static void print_panic(const uint32_t *registers, uint32_t cause, uint32_t pc, uint32_t value)
{
    char text[96];
    const char *name = cause < sizeof cause_names / sizeof cause_names[0] ? cause_names[cause]
                                                                          : "unknown exception";
    (void)snprintf(text, sizeof text, "\nPANIC: %s (cause %u)\npc 0x%08x value 0x%08x\n", name,
                   (unsigned)cause, (unsigned)pc, (unsigned)value);
    uart_panic_write(text);
    for (unsigned i = 1; i < 32; i++) {
        (void)snprintf(text, sizeof text, "%-4s0x%08x%s", register_names[i], (unsigned)registers[i],
                       i % 4 == 0 || i == 31 ? "\n" : "  ");
        uart_panic_write(text);
    }
    print_backtrace(registers, pc);
    uart_panic_write("Rebooting\n");
}

static void external_interrupt(void)
{
    const uint32_t irq = read32(PLIC_CLAIM);
    if (irq == UART_IRQ) {
        uart_interrupt();
    }
    write32(PLIC_CLAIM, irq); // bytes that are left raise the next interrupt
}

void trap_handle(const uint32_t *registers /*[32]*/, uint32_t cause, uint32_t pc, uint32_t value);

void trap_handle(const uint32_t *registers, uint32_t cause, uint32_t pc, uint32_t value)
{
    static bool panicking;
    if (cause == INTERRUPT_EXTERNAL) {
        external_interrupt();
        return;
    }
    if (cause == INTERRUPT_TIMER) {
        idle_interrupt();
        return;
    }
    if (!panicking) {
        panicking = true;
        print_panic(registers, cause, pc, value);
    }
    reset_now(MACHINE_RESET_PANIC);
}

void trap_panic(machine_panic_t kind)
{
    switch (kind) {
    case MACHINE_PANIC_BAD_LOAD:
        __asm__ volatile("lw zero, 8(zero)");
        break;
    case MACHINE_PANIC_ILLEGAL:
        __asm__ volatile("unimp");
        break;
    case MACHINE_PANIC_ABORT:
        break;
    }
    __asm__ volatile("ebreak");
}

void abort(void)
{
    __asm__ volatile("ebreak");
    for (;;) {
    }
}

void trap_hang(bool interrupts_off_too)
{
    if (interrupts_off_too) {
        interrupts_off();
    }
    for (;;) {
        __asm__ volatile("");
    }
}
