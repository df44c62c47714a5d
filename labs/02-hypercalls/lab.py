# SPDX-License-Identifier: MIT
"""Lab 2: what is graded."""

import re

from checks import Answer, Lab, Run

HERE = "labs/02-hypercalls"
EXIT = "LAB.exit(status=0)"

REGISTERS = (r"got (unknown\(|LEGACY)", "are the EID in a7 and the FID in a6?")
NO_STUB = (r"^exit 3: expected LAB2.*got LAB\.exit", "does lab_call of stubs.h execute ecall?")
NO_HANDLER = (r"got LAB2\.\w+\(.* = failed", "does the handler set *ret?")
# gcc then omits stores, and clang 14 does not.
MEMORY = 'does the asm statement say that it reads memory ("memory")?'
OPERANDS = "is the asm statement volatile, and does it name a0 and a1 as read and written, a6 and a7 as read?"


def describes_call(text):
    """Whether each asm statement with ecall says what it reads and writes: else each compiler makes something else of it."""
    for part in text.split("asm")[1:]:
        statement = part.partition(");")[0]
        fields = [re.findall(r'"[^"]*"', field) for field in statement.split(":")[1:3]]
        written, read = (*fields, [], [])[:2]
        both = sum(operand.startswith('"+') for operand in written)
        if "ecall" in statement and ("volatile" not in part.partition("(")[0] or len(written) < 2 or both + len(read) < 4):
            return False
    return True


STUBS = f"{HERE}/guest/stubs.h"
CALL = (STUBS, describes_call, OPERANDS)
ABOUT_CALLS = (REGISTERS, NO_STUB, NO_HANDLER)


def numbers(rng):
    some = [rng.randrange(-(10**9), 10**9) for _ in range(4)] + [0, -1, -(2**63), 2**63 - 1]
    rng.shuffle(some)
    return {
        "args": tuple(map(str, some)),
        "stdout": "".join(f"{n}\n" for n in some),
        "trace": (*(f"LAB2.put_number(number={n % 2**64}) = *" for n in some), EXIT),
    }


def strings(rng):
    words = ["".join(rng.choices("abcdefghij", k=rng.randrange(0, 40))) for _ in range(5)]
    lengths = [len(word) + 3 for word in words] + [2, 2]
    return {
        "args": tuple(words),
        "stdout": "".join(f"<{word}>\n" for word in words) + "a\nb\n",
        "trace": (*(f"LAB2.put_string(num_bytes={n}, base_addr=*) = {n}" for n in lengths), EXIT),
    }


def counts(rng):
    n = rng.randrange(3, 40)
    return {
        "args": (str(n),),
        "stdout": f"{2 * n + 2} exits, {2 * n + 2} of them calls\nhalts: 0\nno such kind: -3\nfar from it: -3\n",
    }


def unknown(rng):
    n = rng.randrange(50, 1000)
    eid = 0x0B000000 + n
    return {
        "args": (str(n),),
        "stdout": f"FID {n}: error -2, value 0\nEID {eid}: error -2, value 0\nstill here\n",
        "trace": (
            f"unknown(eid=0x84c4202, fid={n:#x}) = not supported",
            f"unknown(eid={eid:#x}, fid=0x0) = not supported",
            *["DBCN.console_write(*) = *"] * 3,
            EXIT,
        ),
    }


EDGES = "the last bytes of RAM: 0\nno bytes: 0\none byte too many: -3\npage 0: -3\na sum that overflows: -3\n"

LAB = Lab(
    number=2,
    title="The hypercall ABI",
    hours=5,
    files=(f"{HERE}/guest/stubs.h", f"{HERE}/vmm/handlers.c", f"{HERE}/answers.txt"),
    checks=(
        Run(
            "numbers",
            20,
            "numbers",
            case=numbers,
            said="",
            source=(CALL,),
            hints=(
                *ABOUT_CALLS,
                (r"expected '-\d+', got '\d{15,}", "a number may be negative: is it printed as int64_t?"),
            ),
        ),
        Run(
            "strings",
            20,
            "strings",
            case=strings,
            said="",
            source=(CALL, (STUBS, lambda text: '"memory"' in text or "ecall" not in text, MEMORY)),
            hints=(
                *ABOUT_CALLS,
                (r"got LAB2.put_string\(num_bytes=(\*|\d{6,})", "is the length in the first argument?"),
                (r"got LAB2.put_string\(num_bytes=1,", "one exit has to print the whole string"),
                (r"expected LAB2.put_string.*got LAB2.put_string", "is it the length of the string, without its NUL?"),
                (r"the output", MEMORY),
            ),
        ),
        Run(
            "edges",
            15,
            "edges",
            source=(CALL,),
            stdout="end\n" + EDGES,
            said=EDGES,
            hints=(
                (r"SIGSEGV|SIGABRT|of the output|Bad address", "does put_string get its buffer from memory_at, and check for NULL?"),
            ),
        ),
        Run(
            "counts",
            15,
            "counts",
            case=counts,
            source=(CALL,),
            hints=(
                (r"no such kind|far from it|SIGSEGV", "is the kind compared with EXIT_KIND_COUNT before it is used?"),
                (r"exits, ", "the exit that is being handled is not counted yet: does count_exits add it, or count one kind only?"),
            ),
        ),
        Run("unknown", 10, "unknown", case=unknown, starter_vmm=True, source=(CALL,), hints=ABOUT_CALLS),
        Answer("eid_register", 5, "abi/README.md has a table of registers", sealed="50e4c8edef8e603d"),
        Answer("pc_advance", 5, "vmm/backends/soft/soft.c: apply_result", sealed="67f8ba0b0df50689"),
        Answer("unknown_error", 5, "make run GUEST=unknown prints it, once lab_call works", sealed="00ca805f86211901"),
        Answer("strings_exits", 5, "with OPTIONS=--trace each exit is a line", sealed="c58cb94935682f24"),
    ),
)
