# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 4."""

import pathlib

from mutant import Mutant

PRINT, UART = "shared/print.c", "vmm/uart.c"
STORE = "    *(volatile uint8_t *)(uintptr_t)(UART_BASE + UART_DATA) = byte;\n"
SOURCE = (pathlib.Path(__file__).parent / UART).read_text(encoding="utf-8")
OFFSET = "offset = access->address - self->base;"


def handled_beside(base, size, offset):
    """The UART with a row of that size, which is too large, and that offset."""
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
        "the status is read before each byte",
        PRINT,
        STORE,
        "    while (!mmio_status())\n        ;\n" + STORE,
        "mmio",
        "the UART is always ready: reading its status costs an exit for each byte",
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
        "a port is addressed from the other UART",
        PRINT,
        "(IO_WINDOW + port) = value",
        "(UART_BASE + port) = value",
        "port",
        "a port is a byte of the window: IO_WINDOW + port",
    ),
    Mutant(
        "the guest does not get the status",
        UART,
        "        access->value = UART_STATUS_READY;\n",
        "",
        "status",
        "does the guest get the status by access->value?",
    ),
    Mutant(
        "any size is handled in memory",
        UART,
        "if (access->size != 1)",
        ANY_SIZE.format("PIO"),
        "wide_memory",
        "a register is a byte: is the size of the access checked?",
    ),
    Mutant(
        "any size is handled at ports",
        UART,
        "if (access->size != 1)",
        ANY_SIZE.format("MMIO"),
        "wide_port",
        "a register is a byte: is the size of the access checked?",
    ),
    Mutant(
        "only the last bits of a port are compared",
        UART,
        SOURCE,
        handled_beside("UART_PORT", "16", "offset = (access->address - self->base) % 8;"),
        "next_port",
        "only the UART's registers may be handled: is the whole offset compared, and is the row's size right?",
    ),
    Mutant(
        "all of the page is the UART",
        UART,
        SOURCE,
        handled_beside("UART_BASE", "4096", "offset = (access->address - self->base) % 0x100;"),
        "next_address",
        "only the UART's registers may be handled: is the whole offset compared, and is the row's size right?",
    ),
    Mutant(
        "any read returns the status",
        UART,
        "    if (!access->write && offset == UART_STATUS) {",
        "    if (!access->write) {",
        "other_register",
        "only the UART's registers may be handled: is the whole offset compared, and is the row's size right?",
    ),
    Mutant(
        "a write to the status register is ignored",
        UART,
        "    if (!access->write && offset == UART_STATUS) {",
        "    if (offset == UART_STATUS) {",
        "read_only",
        "the status register is read-only: does a write to it end the guest?",
    ),
    Mutant(
        "no access is handled",
        UART,
        "if (access->size != 1)",
        "if (access->size > 0)",
        "mmio",
        "no device handles this access: is the row in the table right, and does the function return true?",
    ),
)
