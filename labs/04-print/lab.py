# SPDX-License-Identifier: MIT
"""Lab 4: what is graded."""

from checks import Answer, Lab, Run

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


NO_ACCESS = (r"got LAB\.exit", "nothing is printed: is the function written?")
REFUSED = (r"where nothing is", "no device handles this: uart.c, and is the address right?")
FIRST = (r"of the output: expected 'ok'|got 'k'|got 'o'", "uart.c does not handle a byte to the data register yet, at ports and in memory")

SIZE = (FIRST, (r".", "a register is a byte: is the size of the access checked?"))
OUTSIDE = (FIRST, (r".", "only the UART's registers may be handled: is the whole offset compared, and is the row's size right?"))
DIRECTION = (FIRST, (r".", "the status register is read-only: does a write to it end the guest?"))
A_BYTE = (
    REFUSED,
    NO_ACCESS,
    (r"got (mmio|pio) write \S+ size [248]", "a register is a byte: a store of uint8_t"),
    (r"got (mmio|pio) read", "the UART is always ready: reading its status costs an exit for each byte"),
    (r"expected pio.*got (mmio|pio) write", "a port is a byte of the window: IO_WINDOW + port"),
)

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
                NO_ACCESS,
                (r"expected DBCN.console_write\(.*got DBCN.console_write_byte", "one exit has to print the whole text"),
                (r"= (failed|invalid parameter)", "the length comes first, then the address"),
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
                REFUSED,
                (r"of the output", "does the guest get the status by access->value?"),
            ),
        ),
        Run("wide_port", 5, "touch", case=dies("write", (2, 4), WINDOW + PORT, f"I/O port {PORT:#x}"), hints=SIZE),
        Run("wide_memory", 5, "touch", case=dies("write", (2, 4, 8), BASE, f"address {BASE:#x}"), hints=SIZE),
        Run("next_port", 5, "touch", case=dies("write", (1,), WINDOW + PORT + 8, f"I/O port {PORT + 8:#x}"), hints=OUTSIDE),
        Run("next_address", 5, "touch", case=dies("write", (1,), BASE + 0x100, f"address {BASE + 0x100:#x}"), hints=OUTSIDE),
        Run("other_register", 5, "touch", case=dies("read", (1,), BASE + 1, f"address {BASE + 1:#x}"), hints=OUTSIDE),
        Run("read_only", 5, "touch", case=dies("write", (1,), BASE + 5, f"address {BASE + 5:#x}"), hints=DIRECTION),
        Answer("hypercall_exits", 5, "OPTIONS=--stats counts them", sealed="e332b9a56e3a8db3"),
        Answer("port_exits", 5, "OPTIONS=--stats counts them", sealed="33ecd72488042eee"),
        Answer("wide_status", 5, "make run GUEST=touch ARGS=\"write 4 0x10000000 65\": the number that make prints after Error", sealed="df38ee34f48ed927"),
        Answer("decoded", 5, "which exits have the register of a load? See The idea", sealed="cc8f558bda0df8a7"),
    ),
)
