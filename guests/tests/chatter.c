/* SPDX-License-Identifier: MIT */
/* Makes one exit after the other; must be ended by --max-exits. */
#include <call.h>

int main(void)
{
    for (;;)
        sbi_get_abi_version();
}
