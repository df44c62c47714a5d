/* SPDX-License-Identifier: MIT */
/* Calls that x86 does not have: no fences, because its caches and TLBs need none from the VMM. */
#include <call.h>

#include "../check.h"

int main(void)
{
    CHECK_EQ(sbi_probe_extension(EID_RFENCE).value, 0);
    CHECK_EQ(sbi_trap0(EID_RFENCE, 0).error, SBI_ERR_NOT_SUPPORTED);
    return 0;
}
