/* SPDX-License-Identifier: MIT */
/* Calls of RISC-V alone: there are fences, and EID and FID have 64 bits. */
#include <call.h>

#include "../check.h"

int main(void)
{
    CHECK_EQ(sbi_probe_extension(EID_RFENCE).value, 1);
    CHECK_EQ(sbi_trap0(1ul << 32 | EID_LAB, FID_LAB_get_abi_version).error, SBI_ERR_NOT_SUPPORTED);
    CHECK_EQ(sbi_trap0(EID_LAB, (unsigned long)EID_LAB << 32 | FID_LAB_get_abi_version).error,
             SBI_ERR_NOT_SUPPORTED);
    return 0;
}
