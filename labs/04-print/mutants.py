# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 4."""

import pathlib

from mutant import Mutant

PRINT, UART = "shared/print.c", "vmm/uart.c"
STORE = "    *(volatile uint8_t *)(uintptr_t)(UART_BASE + UART_DATA) = byte;\n"
SOURCE = (pathlib.Path(__file__).parent / UART).read_text()
OFFSET = "offset = access->address - self->base;"


def handled_beside(base, size, offset):
    """The UART with a row that is too large, and an offset that is taken from the address so."""
    row = f"    .base = {base},\n    .size = "
    assert row in SOURCE and OFFSET in SOURCE
    return SOURCE.replace(f"{row}UART_SIZE", row + size).replace(OFFSET, offset)


ANY_SIZE = "if (access->size != 1 && self->kind == EXIT_{})"

MUTANTS = (
    Mutant(
        "a hypercall for each byte",
        PRINT,
        "    sbi_console_write(length, (uintptr_t)text, 0);\n",
        "    for (size_t i = 0; i < length; i++)\n        sbi_console_write_byte((uint8_t)text[i]);\n",
        "hypercall",
        "one exit has to print the whole text",
    ),
    Mutant(
        "address and length swapped",
        PRINT,
        "sbi_console_write(length, (uintptr_t)text, 0)",
        "sbi_console_write((uintptr_t)text, length, 0)",
        "hypercall",
        "the length comes first, then the address",
    ),
    Mutant(
        "a store of a word",
        PRINT,
        STORE,
        STORE.replace("uint8_t", "uint32_t"),
        "mmio",
        "a register is a byte: a store of uint8_t",
    ),
    Mutant(
        "the status is asked before each byte",
        PRINT,
        STORE,
        "    while (!mmio_status())\n        ;\n" + STORE,
        "mmio",
        "the UART always takes a byte: asking for its status costs an exit for each",
    ),
    Mutant(
        "a port is a word of the window",
        PRINT,
        "(IO_WINDOW + port) = value",
        "(IO_WINDOW + port * 4u) = value",
        "port",
        "a port is a byte of the window: IO_WINDOW + port",
    ),
    Mutant(
        "a port is looked for beside the other UART",
        PRINT,
        "(IO_WINDOW + port) = value",
        "(UART_BASE + port) = value",
        "port",
        "a port is a byte of the window: IO_WINDOW + port",
    ),
    Mutant(
        "the status is not given to the guest",
        UART,
        "        access->value = UART_STATUS_READY;\n",
        "",
        "status",
        "does the guest find the status in access->value?",
    ),
    Mutant(
        "any size is served in memory",
        UART,
        "if (access->size != 1)",
        ANY_SIZE.format("PIO"),
        "wide_memory",
        "a register is a byte: is the size of the access looked at?",
    ),
    Mutant(
        "any size is served at ports",
        UART,
        "if (access->size != 1)",
        ANY_SIZE.format("MMIO"),
        "wide_port",
        "a register is a byte: is the size of the access looked at?",
    ),
    Mutant(
        "only the last bits of a port are compared",
        UART,
        SOURCE,
        handled_beside("UART_PORT", "16", "offset = access->address % 8;"),
        "next_port",
        "what is not a register of the UART is not handled: is the whole address compared?",
    ),
    Mutant(
        "all of the page is the UART",
        UART,
        SOURCE,
        handled_beside("UART_BASE", "4096", "offset = (access->address - self->base) % 0x100;"),
        "next_address",
        "what is not a register of the UART is not handled: is the whole address compared?",
    ),
    Mutant(
        "what is not written is read",
        UART,
        "    if (!access->write && offset == UART_STATUS) {",
        "    if (!access->write) {",
        "other_register",
        "what is not a register of the UART is not handled: is the whole address compared?",
    ),
    Mutant(
        "a write to the status register is let pass",
        UART,
        "    if (!access->write && offset == UART_STATUS) {",
        "    if (offset == UART_STATUS) {",
        "read_only",
        "the status is only read: does a write to another register than the data register end the guest?",
    ),
)
