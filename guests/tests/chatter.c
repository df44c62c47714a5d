/* Must be ended by --max-exits: one exit after the other. */
#include <call.h>

int main(void)
{
    for (;;)
        sbi_get_abi_version();
}
