# SPDX-License-Identifier: MIT
"""Prints inputs for fuzz_image, each as a line of base64: small ELF files, each wrong in one way that the loader names."""
import base64
import struct

EXEC, DYN = 2, 3
I386, ARM, X86_64, AARCH64, RISCV, OTHER = 3, 40, 62, 183, 243, 99
LOAD, DYNAMIC, INTERP, NOTE = 1, 2, 3, 4
START, CODE = 0x100000, 5  # flags: read and execute
SEGMENT = {"type": LOAD, "flags": CODE, "offset": 0xc0, "vaddr": START, "paddr": START, "size": 16, "memory": 16}


def elf(segments=({},), machine=RISCV, kind=EXEC, entry=START, data=1, wide=2, count=None, note=b"", size=0x140):
    """An ELF64 file, or ELF32 if wide is 1. Its segments have what differs from SEGMENT."""
    half = wide == 1
    ident = b"\x7fELF" + bytes([wide, data, 1]) + bytes(9)
    header = struct.pack("<HHIIIIIHHHHHH" if half else "<HHIQQQIHHHHHH", kind, machine, 1, entry, 52 if half else 64, 0, 0,
                         52 if half else 64, 32 if half else 56, len(segments) if count is None else count, 0, 0, 0)
    out = ident + header
    for segment in segments:
        s = {**SEGMENT, **segment}
        if half:
            out += struct.pack("<8I", s["type"], s["offset"], s["vaddr"], s["paddr"], s["size"], s["memory"], s["flags"], 4)
        else:
            out += struct.pack("<IIQQQQQQ", s["type"], s["flags"], s["offset"], s["vaddr"], s["paddr"], s["size"], s["memory"], 4)
    return (out.ljust(0xc0, b"\0") + note).ljust(size, b"\0")[:size]


def note(kind, value, owner=b"Labvisor\0\0\0\0"):
    return struct.pack("<III", 9, 4, kind) + owner + struct.pack("<I", value)


def with_note(text):
    return elf([{}, {"type": NOTE, "size": len(text)}], note=text)


CASES = [
    b"not an ELF", elf(), elf(data=2), elf(kind=DYN), elf(kind=1), elf(count=0), elf(count=60000),
    *[elf(machine=machine) for machine in (I386, ARM, X86_64, AARCH64, OTHER)],
    elf(machine=I386, wide=1), elf(machine=RISCV, wide=1),
    *[elf([{}, {"type": kind}]) for kind in (DYNAMIC, INTERP, 7)],
    elf([{"memory": 0}]), elf([{"size": 32}]), elf([{"offset": 0x138}]), elf([{"offset": 2**64 - 8}]),
    elf([{"paddr": 2**64 - 8, "vaddr": 2**64 - 8}]), elf([{"vaddr": 0x200000}]), elf([{}, {}]),
    elf([{}, {"paddr": START + 8, "vaddr": START + 8}]),
    elf([{"paddr": START + 64, "vaddr": START + 64}, {}]), elf([{}, {"paddr": START + 64, "vaddr": START + 64}]),
    elf(entry=START + 1), elf(entry=START + 16), elf([{"flags": 6}]),
    elf([{"paddr": 0x1000, "vaddr": 0x1000}], entry=0x1000), elf([{"memory": 0x100000}]), elf(size=0x50),
    with_note(note(1, 0x10002)), with_note(note(1, 0x10009)), with_note(note(1, 0x20000)), with_note(note(2, 1)),
    with_note(note(2, 0xff)), with_note(note(3, 0)), with_note(note(1, 0, b"Another\0\0\0\0\0")),
    with_note(note(1, 0x20000, b"Another\0\0\0\0\0") + note(1, 0x20000)), with_note(note(1, 0x20000)[:20]),
    with_note(struct.pack("<III", 2**32 - 1, 2**32 - 1, 1)), elf([{}, {"type": NOTE, "offset": 0x2000, "size": 64}]),
]

for case in CASES:
    print(base64.b64encode(case).decode())
