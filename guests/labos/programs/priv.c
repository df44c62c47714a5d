/* SPDX-License-Identifier: MIT */
/* Executes an instruction that only the kernel may execute (arch.h has four). The kernel kills it.
 */
#include "../user/labos.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    privileged_instruction(argc > 1 ? atoi(argv[1]) : 0);
    printf("priv: still here\n");
    return 0;
}
