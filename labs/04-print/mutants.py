"""Known misconceptions of lab 4."""

from mutant import Mutant

PRINT, UART = "shared/print.c", "vmm/uart.c"
STORE = "    *(volatile uint8_t *)(uintptr_t)(UART_BASE + UART_DATA) = byte;\n"
BY_OFFSET = "serve_register(vcpu, vcpu->exit.access.address - {})"

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
        "if (access->size != 1 && vcpu->exit.kind == EXIT_PIO)",
        "wide_memory",
        "a register is a byte: is the size of the access looked at?",
    ),
    Mutant(
        "any size is served at ports",
        UART,
        "if (access->size != 1)",
        "if (access->size != 1 && vcpu->exit.kind == EXIT_MMIO)",
        "wide_port",
        "a register is a byte: is the size of the access looked at?",
    ),
    Mutant(
        "only the last bits of a port are compared",
        UART,
        BY_OFFSET.format("UART_PORT"),
        "serve_register(vcpu, vcpu->exit.access.address % 8)",
        "next_port",
        "what is not a register of the UART is not served: is the whole address compared?",
    ),
    Mutant(
        "all of the page is the UART",
        UART,
        BY_OFFSET.format("UART_BASE"),
        "serve_register(vcpu, (vcpu->exit.access.address - UART_BASE) % 0x100)",
        "next_address",
        "what is not a register of the UART is not served: is the whole address compared?",
    ),
    Mutant(
        "what is not written is read",
        UART,
        "    if (!access->write && offset == UART_STATUS) {",
        "    if (!access->write) {",
        "below",
        "what is not a register of the UART is not served: is the whole address compared?",
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
