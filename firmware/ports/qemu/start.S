// Reset entry and trap entry.

    .section .init, "ax"
    .global _start
_start:
    csrw    mie, zero
    csrr    t0, mhartid
    bnez    t0, park

    // A reset leaves the registers as they were; saved on the stack they would pass for addresses.
    .irp    n, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    li      x\n, 0
    .endr

    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      sp, __stack_top
    la      t0, __trap_stack_top
    csrw    mscratch, t0
    la      t0, trap_entry
    csrw    mtvec, t0

    li      t0, 1 << 13             // mstatus.FS = initial: the FPU is on
    csrs    mstatus, t0
    csrw    fcsr, zero

    la      t0, __bss_start
    la      t1, __bss_end
1:  bgeu    t0, t1, 2f
    sw      zero, 0(t0)
    addi    t0, t0, 4
    j       1b

2:  la      t0, __stack_bottom      // paint the stack, to see later how deep it went
    li      t1, 0xA5A5A5A5
3:  bgeu    t0, sp, 4f
    sw      t1, 0(t0)
    addi    t0, t0, 4
    j       3b

4:  la      tp, __tls_start
    call    port_main
park:
    wfi
    j       park

// Saves all registers on the trap stack, for the panic's report, and calls
//   void trap_handle(uint32_t registers[32], uint32_t cause, uint32_t pc, uint32_t value)
    .text
    .balign 4
trap_entry:
    csrrw   sp, mscratch, sp
    addi    sp, sp, -128
    .irp    n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sw      x\n, 4 * \n(sp)
    .endr
    csrr    t0, mscratch
    sw      t0, 8(sp)               // x2 as it was
    mv      a0, sp
    csrr    a1, mcause
    csrr    a2, mepc
    csrr    a3, mtval
    call    trap_handle
    .irp    n, 1, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    lw      x\n, 4 * \n(sp)             // the callee kept the others
    .endr
    addi    sp, sp, 128
    csrrw   sp, mscratch, sp
    mret
