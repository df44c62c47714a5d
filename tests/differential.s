# SPDX-License-Identifier: MIT
# What runs the cases of differential.py, in S-mode, and prints a hash for each on SBI's
# console. The generated program goes on behind this file, with addresses (.equ), VERBOSE,
# the cases, and `cases`: their descriptors, behind which stands a zero. A descriptor:
#     0  physical address of the code, its virtual address, its length
#    24  satp, sstatus (with SPP: the mode), the size of this descriptor
#    48  x1 to x31; the same for f1 to f31, if FS is not 0
#   296  pairs, physical address of a PTE and its value; a zero ends them
# The code ends at an ebreak behind it. tp belongs to this file: it is FRAME.

    .equ HASH, 256              # in FRAME, behind x0 to x31
    .equ TRAPS, 264
    .equ CASE, 272
    .equ MAX_TRAPS, 100         # what traps more often runs in a circle
    .equ SSTATUS_SHOWN, 0xc0122 # MXR, SUM, SPP, SPIE, SIE
    .equ PUTCHAR, 1
    .equ SHUTDOWN, 8

    .macro for_all_registers do
    .irp r, 1,2,3,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \do \r
    .endr
    .endm
    .macro load_initial r
    ld   x\r, 40 + 8*\r(x31)
    .endm
    .macro load_saved r
    ld   x\r, 8*\r(tp)
    .endm
    .macro save r
    sd   x\r, 8*\r(tp)
    .endm
    .macro fold_saved r
    ld   a0, 8*\r(tp)
    jal  fold
    .endm
    .macro for_all_floats do
    .irp r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \do \r
    .endr
    .endm
    .macro load_float r
    fld  f\r, 40 + 8*\r(s0)
    .endm
    .macro fold_float r
    fmv.x.d a0, f\r
    jal  fold
    .endm
    .macro for_scratch do       # the ends of pages 2 and 3 of the arena
    li   s1, ARENA + 0x2000
    addi s2, s1, 64
    jal  \do
    li   s1, ARENA + 0x3000 - 64
    addi s2, s1, 128
    jal  \do
    li   s1, ARENA + 0x4000 - 64
    addi s2, s1, 64
    jal  \do
    .endm

    .option norelax             # the code is as long as it is written
    .globl _start
_start:
    la   t0, traps
    csrw stvec, t0
    li   tp, FRAME
    la   s0, cases
    sd   s0, CASE(tp)
    li   s1, ARENA              # code in each page: c.addi a0, 1; c.jr ra
    li   s2, ARENA + 6*4096
    li   t1, 0x80820505
    li   t2, 4096
1:  add  s1, s1, t2
    sw   t1, 0x800 - 4096(s1)
    bne  s1, s2, 1b
    li   s1, ARENA + 0xffe      # from page 0 to 1: addi a1, a1, 0x7f; c.jr ra
    li   t1, 0x808207f58593
    sd   t1, 0(s1)
    li   s2, ARENA + 0x4000     # from page 0 to 4, if they follow: addi a1, a1, 0x3f
    li   t1, 0x808203f5
    sw   t1, 0(s2)
    li   t1, 0x8082             # at the end of both: c.jr ra
    li   s1, ARENA + 0x1ffe
    sh   t1, 0(s1)
    li   s1, ARENA + 0x4ffe
    sh   t1, 0(s1)
    li   t1, ROOT               # the code, for S-mode and for U-mode
    li   t0, PTE_CODE
    sd   t0, 2*8(t1)
    li   t0, PTE_CODE_U
    sd   t0, 4*8(t1)
    li   a0, '!'
    jal  putchar
    li   a0, '\n'
    jal  putchar

next_case:
    ld   s0, CASE(tp)
    ld   s3, 0(s0)
    beqz s3, shutdown
    for_scratch fill
    addi s1, s0, 296
1:  ld   t0, 0(s1)
    beqz t0, 2f
    ld   t1, 8(s1)
    sd   t1, 0(t0)
    addi s1, s1, 16
    j    1b
2:  sd   zero, TRAPS(tp)
    sd   zero, HASH(tp)
    csrw sie, zero
    csrw sip, zero
    csrw sscratch, zero
    csrw scause, zero
    csrw stval, zero
    csrwi scounteren, 7
    ld   t0, 24(s0)
    csrw satp, t0
    sfence.vma
    fence.i
    ld   t0, 32(s0)
    csrw sstatus, t0
    li   t1, FS
    and  t1, t1, t0
    beqz t1, 3f
    for_all_floats load_float
    csrw fcsr, zero
    csrw sstatus, t0            # FS as it was
3:  ld   t0, 8(s0)
    csrw sepc, t0
    mv   x31, s0
    for_all_registers load_initial
    sret

shutdown:
    li   a7, SHUTDOWN
    ecall
    j    shutdown

fill:                           # [s1, s2) with random values; s3 is the seed
    li   t0, 6364136223846793005
    mul  s3, s3, t0
    addi s3, s3, 1442
    sd   s3, 0(s1)
    addi s1, s1, 8
    bne  s1, s2, fill
    ret

fold_memory:                    # [s1, s2)
    mv   s3, ra
1:  ld   a0, 0(s1)
    jal  fold
    addi s1, s1, 8
    bne  s1, s2, 1b
    jr   s3

fold:                           # a0 into the hash
    .if  VERBOSE
    mv   s11, ra
    mv   s10, a0
    jal  print
    mv   a0, s10
    mv   ra, s11
    .endif
    ld   t0, HASH(tp)
    xor  t0, t0, a0
    li   t1, 0x9e3779b97f4a7c15
    mul  t0, t0, t1
    srli t1, t0, 29
    xor  t0, t0, t1
    sd   t0, HASH(tp)
    ret

print:                          # a0 as 16 hexadecimal digits and a newline
    mv   s8, ra
    mv   s9, a0
    li   s7, 60
1:  srl  a0, s9, s7
    andi a0, a0, 15
    addi a0, a0, '0'
    li   t0, '9'
    bleu a0, t0, 2f
    addi a0, a0, 'a' - '0' - 10
2:  jal  putchar
    addi s7, s7, -4
    bgez s7, 1b
    li   a0, '\n'
    jal  putchar
    jr   s8

putchar:
    li   a7, PUTCHAR
    ecall
    ret

# Notes what happened and goes on behind the instruction; where the fetch failed, in ra.
# An ecall with a7 = 1 goes on in S-mode.
    .balign 64
traps:
    .option push
    .option norvc
    j    trap
    j    vectored               # the software interrupt, with stvec's mode 1
    .option pop
vectored:
    save 5
    li   t0, 1
    j    1f
trap:
    save 5
    li   t0, 0
1:  sd   t0, 0(tp)
    ld   t0, 40(tp)
    for_all_registers save
    ld   s0, CASE(tp)
    csrr s1, scause
    csrr s2, stval
    csrr s3, sepc
    csrr s4, sstatus
    ld   t0, 8(s0)
    sub  s5, s3, t0             # the place in the case
    ld   t0, 16(s0)
    li   t1, 3
    bne  s1, t1, 1f
    li   s2, 0                  # a breakpoint's stval may be 0 or its address
    beq  s5, t0, case_done
1:  slli a0, s1, 1
    ld   t0, 0(tp)
    add  a0, a0, t0
    jal  fold
    mv   a0, s2
    jal  fold
    mv   a0, s5
    jal  fold
    li   a0, SSTATUS_SHOWN
    and  a0, a0, s4
    jal  fold
    ld   t0, TRAPS(tp)
    addi t0, t0, 1
    sd   t0, TRAPS(tp)
    li   t1, MAX_TRAPS
    bgtu t0, t1, case_done
    bltz s1, 4f
    li   t0, 12
    beq  s1, t0, 3f
    li   t0, 1
    bleu s1, t0, 3f
    slli t0, s3, 34             # the case's code, by its physical address
    srli t0, t0, 34
    li   t1, RAM_1G
    add  t0, t0, t1
    lhu  t0, 0(t0)
    not  t0, t0
    andi t0, t0, 3
    addi s3, s3, 2
    bnez t0, 5f
    addi s3, s3, 2
    j    5f
3:  ld   s3, 8(tp)
    j    5f
4:  csrw sip, zero
5:  csrw sepc, s3
    li   t0, 8
    bne  s1, t0, 6f
    ld   t0, 17*8(tp)
    li   t1, 1
    bne  t0, t1, 6f
    li   t0, 0x100              # SPP
    csrs sstatus, t0
6:  for_all_registers load_saved
    sret

case_done:
    csrw satp, zero
    sfence.vma
    csrw sie, zero
    la   t0, traps
    csrw stvec, t0
    li   a0, SSTATUS_SHOWN
    and  a0, a0, s4
    jal  fold
    for_all_registers fold_saved
    for_scratch fold_memory
    addi s1, s0, 296            # page tables: what the accesses made of A and D
1:  ld   s2, 0(s1)
    beqz s2, 2f
    ld   a0, 0(s2)
    jal  fold
    sd   zero, 0(s2)
    addi s1, s1, 16
    j    1b
2:  li   t0, FS
    ld   t1, 32(s0)
    and  t1, t1, t0
    beqz t1, 3f
    csrs sstatus, t0
    csrr a0, fcsr
    jal  fold
    for_all_floats fold_float
3:  ld   a0, HASH(tp)
    jal  print
    ld   t0, 40(s0)
    add  s0, s0, t0
    sd   s0, CASE(tp)
    j    next_case
