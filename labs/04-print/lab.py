# SPDX-License-Identifier: MIT
"""Lab 4: what is graded."""

import forms
from checks import Answer, Lab, Run
from hints import Hint

HERE = "labs/04-print"
EXIT = "LAB.exit(status=0)"
DIED = 116
PORT, BASE, WINDOW = 0x3F8, 0x10000000, 0x3000000


def texts(rng):
    return ["".join(rng.choices("abcdefghij", k=rng.randrange(2, 30))) for _ in range(5)]


def by_hypercall(rng):
    lines = texts(rng)
    exits = [(f"DBCN.console_write(num_bytes={len(line)}, *) = {len(line)}", "DBCN.console_write_byte(byte=0x0a) = 0") for line in lines]
    return {
        "args": ("hypercall", *lines),
        "stdout": "".join(f"{line}\n" for line in lines),
        "trace": (*(exit for pair in exits for exit in pair), EXIT),
    }


def by_byte(way, kind, address):
    """An exit for each byte, and no other."""

    def case(rng):
        text = "".join(f"{line}\n" for line in texts(rng))
        exits = (f"{kind} write {address:#x} size 1 value {ord(c):#x}" for c in text)
        return {"args": (way, *text.split()), "stdout": text, "trace": (*exits, EXIT)}

    return case


def dies(direction, sizes, address, place):
    """Both UARTs write "ok"; then an access has to end the guest."""

    def case(rng):
        size, value = rng.choice(sizes), rng.randrange(0x21, 0x7F)
        what = f"it wrote {value:#x} ({size} bytes) to" if direction == "write" else f"it read {size} bytes from"
        return {
            "args": (direction, str(size), f"{address:#x}", str(value)),
            "status": DIED,
            "stdout": "ok\nby both UARTs\n",
            "said": "by both UARTs\n",
            "stderr": (f"{what} {place}, where nothing is",),
        }

    return case


PRINT, UART = f"{HERE}/guest/shared/print.c", f"{HERE}/vmm/uart.c"
NOTHING = Hint("nothing is printed: is the function written?", PRINT, "exit 2", "*", "LAB.exit(status=0)")
UNHANDLED = Hint(
    "no device handles this access: is the row in the table right, and does the function return true?",
    UART,
    "the end",
    "*",
    "status 116: *to address 0x10000000, where nothing is*",
)


def goes_on(words, look):
    """An access that has to end the guest does not. The bytes before it were written."""
    return (UNHANDLED, Hint(words, look, "line 3", "the end", ("*and went on", "read 0x*")))


SIZE = goes_on("a register is a byte: is the size of the access checked?", f"{UART}: access_uart")
OUTSIDE = goes_on("only the UART's registers may be handled: is the whole offset compared, and is the row's size right?", UART)
DIRECTION = goes_on("the status register is read-only: does a write to it end the guest?", f"{UART}: access_uart")
POLLED = "the UART is always ready: reading its status costs an exit for each byte"
WINDOW_BYTE = "a port is a byte of the window: IO_WINDOW + port"
A_BYTE = (
    UNHANDLED,
    NOTHING,
    Hint(
        "a register is a byte: a store of uint8_t",
        f"{PRINT}: the pointer's type in the store",
        "exit *",
        ("mmio write 0x10000000 size 1 value #", "pio write 0x3f8 size 1 value #"),
        tuple(f"{kind} write * size {size} value #" for kind in ("mmio", "pio") for size in (2, 4, 8)),
        lambda want, have: want == have,
    ),
    Hint(POLLED, PRINT, "exit *", ("mmio write *", "pio write *"), ("mmio read * size 1", "pio read 0x3fd size 1")),
    Hint(
        WINDOW_BYTE,
        f"{PRINT}: port_write",
        "exit 2",
        "pio write 0x3f8 size 1 value #",
        ("pio write 0xfe0 size 1 value #", "mmio write * size 1 value #"),
        lambda want, have: want == have,
    ),
)
LINE = "DBCN.console_write(num_bytes=#, *) = *"

LAB = Lab(
    number=4,
    title="Print three ways",
    hours=4,
    files=(f"{HERE}/guest/shared/print.c", f"{HERE}/vmm/uart.c", f"{HERE}/answers.txt"),
    checks=(
        Run(
            "hypercall",
            10,
            "print",
            case=by_hypercall,
            said="",
            starter_vmm=True,
            hints=(
                NOTHING,
                Hint("one exit has to print the whole text", f"{PRINT}: hypercall_print", "exit 2", LINE, "DBCN.console_write_byte(*) = 0"),
                Hint(
                    "the length comes first, then the address",
                    f"{PRINT}: hypercall_print",
                    "exit 2",
                    LINE,
                    "DBCN.console_write(num_bytes=*, base_addr_lo=#) = invalid parameter",
                    lambda want, have: want == have,
                ),
            ),
        ),
        Run("port", 15, "print", case=by_byte("port", "pio", PORT), said="", hints=A_BYTE),
        Run("mmio", 15, "print", case=by_byte("mmio", "mmio", BASE), said="", hints=A_BYTE),
        Run(
            "status",
            10,
            "status",
            stdout="port: 0x60\nmemory: 0x60\n",
            trace=(
                f"pio read {PORT + 5:#x} size 1",
                f"mmio read {BASE + 5:#x} size 1",
                "DBCN.console_write(*) = *",
                EXIT,
            ),
            hints=(
                Hint(
                    "does the guest get the status by access->value?",
                    f"{UART}: access_uart",
                    "line *",
                    ("port: 0x60", "memory: 0x60"),
                    ("port: 0x0", "memory: 0x0"),
                ),
            ),
        ),
        Run("wide_port", 5, "touch", case=dies("write", (2, 4), WINDOW + PORT, f"I/O port {PORT:#x}"), hints=SIZE),
        Run("wide_memory", 5, "touch", case=dies("write", (2, 4, 8), BASE, f"address {BASE:#x}"), hints=SIZE),
        Run("next_port", 5, "touch", case=dies("write", (1,), WINDOW + PORT + 8, f"I/O port {PORT + 8:#x}"), hints=OUTSIDE),
        Run("next_address", 5, "touch", case=dies("write", (1,), BASE + 0x100, f"address {BASE + 0x100:#x}"), hints=OUTSIDE),
        Run("other_register", 5, "touch", case=dies("read", (1,), BASE + 1, f"address {BASE + 1:#x}"), hints=OUTSIDE),
        Run("read_only", 5, "touch", case=dies("write", (1,), BASE + 5, f"address {BASE + 5:#x}"), hints=DIRECTION),
        Answer("hypercall_exits", 5, "OPTIONS=--stats counts them", sealed="4a64213589f56951"),
        Answer("port_exits", 5, "OPTIONS=--stats counts them", sealed="f3aa941ed97ee839"),
        Answer("wide_status", 5, "make run GUEST=touch ARGS=\"write 4 0x10000000 65\": the number that make prints after Error", sealed="8343c41e0224bbc8"),
        Answer("decoded", 5, "which exits have the register of a load? See The idea", forms.choice("hypercall", "port", "mmio"), sealed="353e7cba6e9e5713"),
    ),
)
