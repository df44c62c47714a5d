# SPDX-License-Identifier: MIT
"""A guest's memory, which the grader reads itself after the run: a file that the VMM maps, of any content then."""

import os
import struct

BASE = 0x80000000  # where the guest's RAM begins (abi/riscv64/machine.h)
LOAD, WRITABLE = 1, 2
PAGE = 4096
PTE_VALID, PTE_WRITE, PTE_LEAF = 1, 4, 14  # bits of an entry of a page table


class Memory:
    def __init__(self, path, size):
        self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.truncate(self.file, size)

    def read(self, address, size):
        """Returns less than `size` bytes where the student's program has made the file shorter."""
        return os.pread(self.file, size, address - BASE)

    def leaf(self, satp, address):
        """Returns the entry for a page of 4 KiB, by the page tables in this memory (Sv39), or 0."""
        table = satp % (1 << 44) * PAGE
        for level in (2, 1, 0):
            entry = int.from_bytes(self.read(table + (address >> 12 + 9 * level) % 512 * 8, 8), "little")
            if not entry & PTE_VALID or bool(entry & PTE_LEAF) != (level == 0):
                return 0
            table = frame(entry)
        return entry

    def close(self):
        os.close(self.file)


def frame(entry):
    """Returns the address of an entry's page."""
    return entry % (1 << 54) >> 10 << 12


def segments(image):
    """Returns the parts of an image: flags, offset in the image, address in RAM, bytes."""
    start, size, count = (struct.unpack_from(form, image, at)[0] for form, at in (("<Q", 32), ("<H", 54), ("<H", 56)))
    headers = (struct.unpack_from("<IIQQQQ", image, start + size * i) for i in range(count))
    return [(flags, offset, address, length) for kind, flags, offset, _, address, length in headers if kind == LOAD]


def address_of(image, at):
    """Returns where a byte of the image lies in RAM."""
    return next(address + at - offset for _, offset, address, size in segments(image) if offset <= at < offset + size)


def is_unchanged(image, memory):
    """Returns whether the guest's code and constants are still those of its image."""
    fixed = (part for part in segments(image) if not part[0] & WRITABLE)
    return all(memory.read(address, size) == image[offset : offset + size] for _, offset, address, size in fixed)
