/* SPDX-License-Identifier: MIT */
/*
 * The RISC-V machine as a guest finds it (README.md, "The RISC-V machine").
 * For C and for assembler.
 */
#ifndef ABI_RISCV64_MACHINE_H
#define ABI_RISCV64_MACHINE_H

/* The start of RAM. Other machines have firmware and devices below it. */
#define LAB_RAM_BASE 0x80000000

/* The address that guests are linked to. Firmware, or the device tree, lies below it. */
#define LAB_LINK_BASE 0x80200000

/* In a2 when the VMM enters the guest; then a3 holds the ABI version, a4 bytes of RAM, a5 how many
 * harts there are. "Labvisor", as a number. */
#define LAB_SIGNATURE 0x726F73697662614C

/* The slot of hart N is LAB_STACK_STRIDE bytes that end N * LAB_STACK_STRIDE before the end of RAM.
 * Its stack is the last LAB_STACK_SIZE bytes; nothing is mapped below that for 224 KiB. */
#define LAB_STACK_SIZE   0x40000
#define LAB_STACK_STRIDE 0x80000

/* The largest number of harts. */
#define LAB_HARTS_MAX 32

#endif
