#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes an input for fuzz_dwarf of the sections of an object or image: seed_dwarf.py ELF > SEED"""

import struct
import sys

NAMES = (
    "symtab strtab debug_line debug_line_str debug_str"
    " debug_info debug_abbrev debug_ranges debug_rnglists debug_addr"
).split()


def sections(elf):
    """The bytes of each section by its name."""
    if elf[4] == 1:
        table, size, layout = struct.unpack_from("<I", elf, 32)[0], 40, "<IIIIII"
        count, names = struct.unpack_from("<HH", elf, 48)
    else:
        table, size, layout = struct.unpack_from("<Q", elf, 40)[0], 64, "<IIQQQQ"
        count, names = struct.unpack_from("<HH", elf, 60)
    headers = [struct.unpack_from(layout, elf, table + i * size) for i in range(count)]
    bytes_of = [elf[h[4] : h[4] + h[5]] for h in headers]
    text = bytes_of[names]
    return {text[h[0] : text.index(b"\0", h[0])].decode(): b for h, b in zip(headers, bytes_of)}


with open(sys.argv[1], "rb") as file:
    image = file.read()
found = sections(image)
sys.stdout.buffer.write(bytes([image[4] == 1]))
sys.stdout.buffer.write(b"".join(found.get("." + name, b"") + b"SECT" for name in NAMES))
