/* Executes an instruction that is the kernel's alone, and is killed: arch.h has four. */
#include "../user/labos.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    privileged_instruction(argc > 1 ? atoi(argv[1]) : 0);
    printf("priv: still here\n");
    return 0;
}
