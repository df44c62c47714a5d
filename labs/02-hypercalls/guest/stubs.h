/* SPDX-License-Identifier: MIT */
/*
 * Lab 2, the guest's side: makes the calls and returns their results.
 *
 * abi/README.md has the registers. For comparison, abi/riscv64/trap.h has the stubs of the runtime,
 * one for each number of arguments.
 */
#ifndef STUBS_H
#define STUBS_H

#include <sbi.h>
#include <stdint.h>
#include <string.h>

/* Makes a call with two arguments. A call with fewer ignores the rest. */
static inline struct sbiret lab_call(unsigned long eid, unsigned long fid, unsigned long arg0,
                                     unsigned long arg1)
{
    // LAB 2: starter
    // /* Here: an asm statement with the instruction ecall. */
    // (void)eid, (void)fid, (void)arg0, (void)arg1;
    // return (struct sbiret){SBI_ERR_FAILED, 0};
    // LAB 2: solution
    register unsigned long a0 __asm__("a0") = arg0;
    register unsigned long a1 __asm__("a1") = arg1;
    register unsigned long a6 __asm__("a6") = fid;
    register unsigned long a7 __asm__("a7") = eid;

    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
    return (struct sbiret){(long)a0, (long)a1};
    // LAB 2: end
}

/* Prints a number and a newline. Returns the call's error. */
static inline long put_number(long number)
{
    // LAB 2: starter
    // (void)number;
    // return SBI_ERR_FAILED;
    // LAB 2: solution
    return lab_call(EID_LAB2, FID_LAB2_put_number, (unsigned long)number, 0).error;
    // LAB 2: end
}

/* Prints a string in one exit. Returns the call's error. */
static inline long put_string(const char *text)
{
    // LAB 2: starter
    // (void)text;
    // return SBI_ERR_FAILED;
    // LAB 2: solution
    return lab_call(EID_LAB2, FID_LAB2_put_string, strlen(text), (uintptr_t)text).error;
    // LAB 2: end
}

/* Returns the exits of this vCPU so far, without the exit of this call. */
static inline long count_exits(void)
{
    // LAB 2: starter
    // return 0;
    // LAB 2: solution
    return lab_call(EID_LAB2, FID_LAB2_count_exits, 0, 0).value;
    // LAB 2: end
}

/* Returns its exits of one kind (abi/exits.def), with the call's error. */
static inline struct sbiret count_exits_of(unsigned long kind)
{
    // LAB 2: starter
    // (void)kind;
    // return (struct sbiret){SBI_ERR_FAILED, 0};
    // LAB 2: solution
    return lab_call(EID_LAB2, FID_LAB2_count_exits_of, kind, 0);
    // LAB 2: end
}

#endif
