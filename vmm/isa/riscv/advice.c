/* SPDX-License-Identifier: MIT */
/* Advice for guests that were written for another machine: QEMU's board `virt`, or M-mode. */
#include "advice.h"

#include "core/exit.h"
#include "riscv64/machine.h"

#include <stddef.h>

const char *riscv_access_advice(const struct vm_exit *exit)
{
    static const struct {
        uint64_t start, size;
        const char *advice;
    } devices[] = {
        {0x100000, 0x1000, "QEMU's board has its switch there: call SRST.system_reset or LAB.exit"},
        {0x101000, 0x1000, "QEMU's board has its clock there: read the CSR time"},
        {0x2000000, 0x10000,
         "QEMU's board has its CLINT there: call TIME.set_timer or IPI.send_ipi"},
        {0xc000000, 0x4000000,
         "QEMU's board has its PLIC there, and a guest with the runtime has no such devices"},
        {0x10000000, 0x100,
         "QEMU's board has its UART there: call DBCN.console_write and DBCN.console_read"},
        {0x10001000, 0x8000,
         "QEMU's board has virtio devices there: with --disk this machine has one"},
    };
    const uint64_t address = exit->access.address;

    if (exit->kind != EXIT_MMIO || address >= LAB_RAM_BASE)
        return NULL;
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
        if (address - devices[i].start < devices[i].size)
            return devices[i].advice;
    return "RAM begins at 0x80000000";
}

/* Privileged spec, 2.1 and 2.2: a CSR's number tells the lowest mode that may use it. */
const char *riscv_trap_advice(uint64_t cause, uint64_t value)
{
    const uint64_t csr = value >> 20 & 0xfff;

    if (cause != 2)
        return NULL;
    if (value == 0x30200073)
        return "mret is for M-mode, and the guest runs in S-mode: use sret";
    if ((value & 0x7f) != 0x73 || !(value >> 12 & 3) || (csr >> 8 & 3) != 3)
        return NULL;
    if (csr == 0xf14)
        return "mhartid is a CSR of M-mode, and the guest runs in S-mode: a0 is the hart's id at "
               "the entry";
    return "a CSR of M-mode was used, and the guest runs in S-mode: use the S-mode CSR or an SBI "
           "call";
}
