# SPDX-License-Identifier: MIT
"""Lab 3: what is graded."""

from checks import Answer, Lab, Run

HERE = "labs/03-pointers"
PAGE, PAGES = 4096, 4
ADDRESS_ERROR = -5

BELIEVED = (r"SIGSEGV|SIGBUS", "tables and pages may be outside RAM: memory_at, and check for NULL")


def translate(rng):
    offsets = [rng.randrange(PAGES * PAGE) for _ in range(5)] + [0, PAGE - 1, PAGES * PAGE - 1]
    lines = [f"{offset}: error 0, right" for offset in offsets]
    lines += [f"{what}: {ADDRESS_ERROR}" for what in ("after it", "in no table", "not canonical", "not canonical")]
    lines += ["the upper half: 0", "bare: right", f"an unknown mode: {ADDRESS_ERROR}"]
    return {"args": tuple(map(str, offsets)), "stdout": "\n".join(lines) + "\n"}


def large(rng):
    offset = rng.randrange(PAGE, 0x200000)
    return {
        "args": (str(offset),),
        "stdout": f"2 MiB: {offset:x}\n2 MiB, not aligned: -5\n1 GiB: {0x80200000 + offset:x}\n1 GiB, not aligned: -5\n",
    }


def pieces(rng):
    return [(PAGE - rng.randrange(1, 50), rng.randrange(60, 4000)), (rng.randrange(10), 3 * PAGE + rng.randrange(9)), (0, 16)]


def copy_in(rng):
    wanted = pieces(rng)
    lines = [
        f"{length} bytes at {offset}: error 0, sum {sum(i * 7 // 5 % 256 for i in range(offset, offset + length))}"
        for offset, length in wanted
    ]
    lines += ["none, nowhere: 0", "one too many: -5", "a hole: -5", "may not be read: -5"]
    return {"args": tuple(str(n) for pair in wanted for n in pair), "stdout": "\n".join(lines) + "\n"}


def copy_out(rng):
    wanted = pieces(rng)
    lines = [f"pages: error 0, {length} filled from {offset} on" for offset, length in wanted]
    lines += [f"{what} after it: error -5, 0 filled from 0 on" for what in ("read-only", "outside RAM")]
    return {"args": tuple(str(n) for pair in wanted for n in pair), "stdout": "\n".join(lines) + "\n"}


HOSTILE = (
    "a root outside RAM",
    "a root after RAM",
    "a table outside RAM",
    "no leaf at the end",
    "written but not read",
    "a leaf that is executed only",
    "a page outside RAM",
    "a sum that overflows",
)

LAB = Lab(
    number=3,
    title="Guest pointers",
    hours=6,
    files=(f"{HERE}/vmm/pointers.c", f"{HERE}/answers.txt"),
    checks=(
        Run(
            "translate",
            25,
            "translate",
            case=translate,
            hints=(
                BELIEVED,
                (r"expected 'not canonical", "bits 63 to 39 of an address must be copies of bit 38"),
                (r"expected 'the upper half", "the upper half is canonical, too: bits 63 to 39 are copies of bit 38"),
                (r"expected '\d+: error 0, right', got '\d+: error 0, wrong", "a guest gets guest physical addresses, never the VMM's own"),
            ),
        ),
        Run(
            "large",
            15,
            "large",
            case=large,
            hints=(
                BELIEVED,
                (r"not aligned", "a large page begins at a multiple of its size"),
                (r"expected '[21] ", "the offset in a large page has more than 12 bits"),
            ),
        ),
        Run(
            "copy_in",
            20,
            "copy_in",
            case=copy_in,
            hints=(
                BELIEVED,
                (r"expected '\d+ bytes.*got '\d+ bytes.*error 0", "each page has its own translation: pages that are contiguous there need not be contiguous in RAM"),
                (r"may not be read", "does the entry have the right that the access needs?"),
            ),
        ),
        Run(
            "copy_out",
            20,
            "copy_out",
            case=copy_out,
            hints=(
                BELIEVED,
                (r"expected 'read-only.*error 0", "does the entry have the right that the access needs?"),
                (r"0 filled", "if a part cannot be written, nothing may be written: check all pages first"),
            ),
        ),
        Run(
            "hostile",
            5,
            "hostile",
            stdout="".join(f"{what}: -5 -5\n" for what in HOSTILE) + "still right: 0\n",
            hints=(
                BELIEVED,
                (r"written but not read", "write without read is reserved: not a leaf, not a table"),
                (r"executed only", "read or execute makes an entry a leaf: it points to no table"),
            ),
        ),
        Answer("ram_base", 5, "abi/riscv64/machine.h", sealed="d32f94c4f07b7b4a"),
        Answer("hva_offset", 5, "vmm/core/memory.h: memory_at", sealed="bd07f59fd43b0e19"),
        Answer("walks", 5, "one for each page that is accessed; the first page has 4 bytes of it", sealed="dfdd7be0228a8df8"),
    ),
)
