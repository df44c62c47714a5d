# SPDX-License-Identifier: MIT
"""Packs guests for the page. They have the same runtime and its debug information, and gzip looks back no
further than 32 KiB: so what a guest has in common with those before it becomes a reference.

The format, which web/unpack.js reads: numbers of LEB128, then the literal bytes of all files. Of a file: pairs of a
literal's length and a copy's length; if that is not 0, the copy's place in all files before; else the file ends.
"""

BLOCK = 16  # bytes: the shortest copy
STEP = 4  # of the places where copies may begin


def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def common(old, start, data, at):
    """Returns how many bytes are the same."""
    length = BLOCK
    most = min(len(old) - start, len(data) - at)
    while length + 64 <= most and old[start + length : start + length + 64] == data[at + length : at + length + 64]:
        length += 64
    while length < most and old[start + length] == data[at + length]:
        length += 1
    return length


def pack(files):
    """Returns the numbers and the literals."""
    old, known, numbers, literals = bytearray(), {}, bytearray(), bytearray()
    for data in files:
        at = literal = 0
        while at + BLOCK <= len(data):
            start = known.get(data[at : at + BLOCK])
            if start is None:
                at += 1
                continue
            length = common(old, start, data, at)
            while at > literal and start > 0 and old[start - 1] == data[at - 1]:
                at, start, length = at - 1, start - 1, length + 1
            numbers += number(at - literal) + number(length) + number(start)
            literals += data[literal:at]
            at += length
            literal = at
        numbers += number(len(data) - literal) + number(0)
        literals += data[literal:]
        for i in range(0, len(data) - BLOCK, STEP):
            known.setdefault(bytes(data[i : i + BLOCK]), len(old) + i)
        old += data
    return bytes(numbers), bytes(literals)
