# SPDX-License-Identifier: MIT
"""Lab 3: what is graded."""

from checks import Answer, Lab, Run
from hints import Hint

HERE = "labs/03-pointers"
PAGE, PAGES = 4096, 4
ADDRESS_ERROR = -5

ORDER = (2, 0, 3, 1)  # guest/tables.h
POINTERS = f"{HERE}/vmm/pointers.c"
WALK = f"{POINTERS}: walk"


def place(offset):
    """Returns where the guest's pages have a byte that is mapped at an offset."""
    return ORDER[offset // PAGE] * PAGE + offset % PAGE


def value(offset):
    """Returns the byte that guest/copy_in.c writes there."""
    return offset * 7 // 5 % 256


def sum_without_pages(length, offset):
    """Returns the sum that one translation for the whole buffer gives: the bytes after the first one in RAM."""
    in_ram = [value(ORDER.index(at // PAGE) * PAGE + at % PAGE) for at in range(PAGES * PAGE)]
    return sum(in_ram[place(offset) : place(offset) + length])


def translate(rng):
    offsets = [rng.randrange(PAGES * PAGE) for _ in range(5)] + [0, PAGE - 1, PAGES * PAGE - 1]
    lines = [f"a root at its number's address: {ADDRESS_ERROR}", f"a page at its entry's bits: {ADDRESS_ERROR}"]
    lines += [f"{offset}: at {place(offset):#x} of the pages" for offset in offsets]
    lines += [f"{what}: {ADDRESS_ERROR}" for what in ("after it", "in no table", "not canonical", "not canonical")]
    lines += ["the upper half: 0", "bare: right", f"an unknown mode: {ADDRESS_ERROR}"]
    return {"args": tuple(map(str, offsets)), "stdout": "\n".join(lines) + "\n"}


def large(rng):
    offset = rng.randrange(PAGE, 0x200000)
    return {
        "args": (str(offset),),
        "stdout": f"2 MiB: {offset:#x}\n2 MiB, not aligned: -5\n1 GiB: {0x80200000 + offset:#x}\n1 GiB, not aligned: -5\n",
    }


def pieces(rng):
    return [(PAGE - rng.randrange(1, 50), rng.randrange(60, 4000)), (rng.randrange(10), 3 * PAGE + rng.randrange(9)), (0, 16)]


def copy_in(rng):
    wanted = pieces(rng)
    lines = [
        f"{length} bytes at {offset}: error 0, sum {sum(map(value, range(offset, offset + length)))}"
        for offset, length in wanted
    ]
    lines += ["none, nowhere: 0", "one too many: -5", "a hole: -5", "may not be read: -5"]
    return {"args": tuple(str(n) for pair in wanted for n in pair), "stdout": "\n".join(lines) + "\n"}


def copy_out(rng):
    wanted = pieces(rng)
    lines = [f"pages: error 0, {length} filled from {offset} on" for offset, length in wanted]
    lines += [f"{what} after it: error -5, 0 filled from 0 on" for what in ("read-only", "outside RAM")]
    return {"args": tuple(str(n) for pair in wanted for n in pair), "stdout": "\n".join(lines) + "\n"}


TABLES = ("a root outside RAM", "a root after RAM", "a table outside RAM")
HOSTILE = (
    *TABLES,
    "no leaf at the end",
    "written but not read",
    "a leaf that is executed only",
    "a page outside RAM",
    "bit 54 of an entry",
    "bit 61 of an entry",
    "bit 63 of an entry",
    "an entry that is not valid",
    "a sum that overflows",
)

TRANSLATE = (
    Hint(
        "satp has a page number: the root's address is the number times the page size",
        f"{WALK}, the table at first",
        "line 1",
        "a root at its number's address: -5",
        "a root at its number's address: 0",
    ),
    Hint(
        "an entry's page number begins at bit 10, an address's at bit 12",
        f"{WALK}, the page of an entry",
        "line 2",
        "a page at its entry's bits: -5",
        "a page at its entry's bits: 0",
    ),
    Hint("bits 63 to 39 of an address must be copies of bit 38", WALK, "line *", "not canonical: -5", "not canonical: 0"),
    Hint(
        "the upper half is canonical, too: bits 63 to 39 are copies of bit 38",
        WALK,
        "line *",
        "the upper half: 0",
        "the upper half: -5",
    ),
    Hint(
        "a guest gets guest physical addresses, never the VMM's own",
        f"{POINTERS}: handle_LAB3_translate",
        "line *",
        "#: at # of the pages",
        "#: at # of the pages",
        lambda offset, place, same, address: offset == same and address >> 40 in (0x7E, 0x7F),
    ),
)
LARGE = (
    Hint(
        "a large page begins at a multiple of its size",
        f"{WALK}, at a leaf",
        "line *",
        ("2 MiB, not aligned: -5", "1 GiB, not aligned: -5"),
        ("2 MiB, not aligned: 0", "1 GiB, not aligned: 0"),
    ),
    Hint(
        "the offset in a large page has more than 12 bits",
        f"{WALK}, at a leaf",
        "line 1",
        "2 MiB: #",
        "2 MiB: #",
        lambda want, have: have == want % PAGE,
    ),
)
RIGHT = "does the entry have the right that the access needs?"
COPY_IN = (
    Hint(
        "each page has its own translation: pages that are contiguous there need not be contiguous in RAM",
        f"{POINTERS}: copy_in",
        "line 1",
        "# bytes at #: error 0, sum #",
        "# bytes at #: error 0, sum #",
        lambda length, offset, right, same, at, have: (same, at, have) == (length, offset, sum_without_pages(length, offset)),
    ),
    Hint(RIGHT, f"{WALK}, at a leaf", "line *", "may not be read: -5", "may not be read: 0"),
)
READ_ONLY = "read-only after it: error -5, 0 filled from 0 on"
COPY_OUT = (
    Hint(RIGHT, f"{WALK}, at a leaf; and the right that copy_out asks for", "line *", READ_ONLY, "read-only after it: error 0, 500 filled from 8000 on"),
    Hint(
        "if a part cannot be written, nothing may be written: check all pages first",
        f"{POINTERS}: copy_out",
        "line *",
        READ_ONLY,
        "read-only after it: error -5, 192 filled from 8000 on",
    ),
)
REFUSED = (
    Hint(
        "tables and pages may be outside RAM: memory_at, and check for NULL",
        WALK,
        "the end",
        tuple(f"{what}: -5 -5" for what in TABLES),
        ("SIGSEGV", "SIGBUS"),
    ),
    Hint(
        "write without read is reserved: not a leaf, not a table",
        f"{WALK}, at an entry",
        "line *",
        "written but not read: -5 -5",
        "written but not read: 0 0",
    ),
    Hint(
        "read or execute makes an entry a leaf: it points to no table",
        f"{WALK}, at an entry",
        "line *",
        "a leaf that is executed only: -5 -5",
        "a leaf that is executed only: 0 0",
    ),
    Hint(
        "an entry whose bit V is 0 is not valid, whatever its other bits are",
        f"{WALK}, at an entry",
        "line *",
        "an entry that is not valid: -5 -5",
        "an entry that is not valid: 0 0",
    ),
    Hint(
        "bits 63 to 54 of an entry are reserved: one that has them set is not valid",
        f"{WALK}, at an entry",
        "line *",
        tuple(f"bit {bit} of an entry: -5 -5" for bit in (54, 61, 63)),
        tuple(f"bit {bit} of an entry: 0 0" for bit in (54, 61, 63)),
    ),
)

LAB = Lab(
    number=3,
    title="Guest pointers",
    hours=6,
    files=(f"{HERE}/vmm/pointers.c", f"{HERE}/answers.txt"),
    checks=(
        Run("translate", 25, "translate", case=translate, hints=TRANSLATE),
        Run("large", 15, "large", case=large, hints=LARGE),
        Run("copy_in", 20, "copy_in", case=copy_in, hints=COPY_IN),
        Run("copy_out", 20, "copy_out", case=copy_out, hints=COPY_OUT),
        Run("hostile", 5, "hostile", stdout="".join(f"{what}: -5 -5\n" for what in HOSTILE) + "still right: 0\n", hints=REFUSED),
        Answer("ram_base", 5, "abi/riscv64/machine.h", sealed="93e60954c45f0f65"),
        Answer("hva_offset", 5, "vmm/core/memory.h: memory_at", sealed="383de903cd982164"),
        Answer("walks", 5, "one for each page that is accessed; the first page has 4 bytes of it", sealed="a75de7afd66899ab"),
    ),
)
