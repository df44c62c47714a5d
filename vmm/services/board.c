/* SPDX-License-Identifier: MIT */
#include "board.h"

#include "uart.h"

#include <stdlib.h>

#define PLIC_BASE 0xc000000
#define UART_BASE 0x10000000

struct board {
    struct plic plic;
    struct uart uart;
};

int board_add(struct vm *vm)
{
    struct board *board = calloc(1, sizeof(*board));
    int status;

    if (!board)
        return fail(STATUS_HOST, "out of memory");
    vm->board = board;
    status = plic_add(&board->plic, vm, gpa(PLIC_BASE));
    return status ? status : uart_add(&board->uart, vm, &board->plic, gpa(UART_BASE));
}

void board_free(struct vm *vm)
{
    free(vm->board);
    vm->board = NULL;
}
