/* SPDX-License-Identifier: MIT */
#include "board.h"

#include "block.h"
#include "image/image.h"
#include "uart.h"

#include <stdlib.h>

#define PLIC_BASE 0xc000000
#define UART_BASE 0x10000000
#define DISK_BASE 0x10001000

struct board {
    struct plic plic;
    struct uart uart;
    struct block block;
};

int board_add(struct vm *vm, bool goes_back)
{
    struct board *board = calloc(1, sizeof(*board));
    int status;

    if (!board)
        return fail(STATUS_HOST, "out of memory");
    vm->board = board;
    status = plic_add(&board->plic, vm, gpa(PLIC_BASE));
    if (!status)
        status = uart_add(&board->uart, vm, &board->plic, gpa(UART_BASE));
    if (!status && vm->image->disk)
        status =
            block_add(&board->block, vm, &board->plic, gpa(DISK_BASE), vm->image->disk, goes_back);
    return status;
}

void board_free(struct vm *vm)
{
    if (vm->board)
        block_free(&vm->board->block);
    free(vm->board);
    vm->board = NULL;
}
