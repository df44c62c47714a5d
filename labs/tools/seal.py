# SPDX-License-Identifier: MIT
"""Seals a guest's image (seal.c): the guest's arguments, and marks that only its execution makes.

Everything is drawn when grading, after the student's VMM has been compiled: 128 instructions of the
guest, and with them the key of its arguments and the two numbers that it leaves in its memory: one at
its start, one that depends on the text that the check's own code has printed and, if that code has ended
the guest, on the exit status.
"""

import hashlib
import hmac
import random
import struct

import memory

BLOCK, DRAWN = b"labvisor block \1", b"labvisor drawn \1"
ARGS_SIZE, INSTRUCTIONS = 4096, 128
MARK_START, MARK_SAID, MARK_END = 1 << 30, 1 << 29, 1 << 28
MASK = 2**64 - 1
A0, T0 = 10, 5
NOP = 0x13


def draw(secret, submission, check):
    """Returns what the inputs of a submission's check are drawn from."""
    return hmac.new(secret, f"{submission} {check}".encode(), hashlib.sha256).hexdigest()


def register(opcode, funct3, funct7, rd, rs1, rs2):
    return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode


def immediate(opcode, funct3, rd, rs1, value):
    return (value & 0xFFF) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode


class Seal:
    def __init__(self, drawn_from):
        rng = random.Random(f"{drawn_from} code")
        self.code, self.steps, self.noise = [], [], rng.randbytes(16)
        while len(self.code) + 5 <= INSTRUCTIONS:
            self.add_constant(rng)
            self.add_shift(rng)

    def add_constant(self, rng):
        high, low = rng.randrange(1 << 19), rng.randrange(1024) * 2 + 1
        constant = (high << 12) + low
        funct3, funct7, step = rng.choice(
            (
                (0, 0, lambda x: x + constant),
                (0, 1, lambda x: x * constant),
                (4, 0, lambda x: x ^ constant),
            )
        )
        self.code += [high << 12 | T0 << 7 | 0x37, immediate(0x13, 0, T0, T0, low), register(0x33, funct3, funct7, A0, A0, T0)]
        self.steps.append(step)

    def add_shift(self, rng):
        by = rng.randrange(7, 40)
        self.code += [immediate(0x13, 5, T0, A0, by), register(0x33, 4, 0, A0, A0, T0)]
        self.steps.append(lambda x: x ^ x >> by)

    def drawn(self, x):
        for step in self.steps:
            x = step(x & MASK) & MASK
        return x

    def start(self):
        return self.drawn(MARK_START)

    def said(self, said, status=None):
        """said: the text that the check's own code has printed; status: None if it has not ended."""
        words = 0xCBF29CE484222325
        for byte in said:
            words = (words ^ byte) * 0x100000001B3 & MASK
        return self.drawn(words + MARK_SAID if status is None else words + MARK_END + status)

    def is_executed(self, image, ram, said, status):
        """Returns whether a guest's memory shows that it was executed until it had printed this text (None:
        any) and, if status is not None, to its end."""
        found = ram.read(memory.address_of(image, self.block), 16)
        expected = struct.pack("<QQ", self.start(), self.said(said or b"", status))
        return found == expected if said is not None else found[:8] == expected[:8]

    def image(self, image, args):
        """Returns a guest's image with this seal, or None if it has no place for it. What marks the place
        is overwritten, so that no program finds it by that."""
        if image.count(BLOCK) != 1 or image.count(DRAWN) != 1:
            return None
        text = b"".join(arg.encode() + b"\0" for arg in args)
        words = struct.unpack(f"<{ARGS_SIZE // 8}Q", text.ljust(ARGS_SIZE, b"\0"))[: len(text) // 8 + 1]
        keyed = (word ^ self.drawn(i) for i, word in enumerate(words))
        block = struct.pack(f"<QQQ{len(words)}Q", 0, 0, len(text), *keyed)
        code = struct.pack(f"<{INSTRUCTIONS}I", *self.code, *[NOP] * (INSTRUCTIONS - len(self.code)))
        sealed = bytearray(image)
        for magic, data in ((BLOCK, self.noise + block), (DRAWN, self.noise + code)):
            at = image.index(magic)
            sealed[at : at + len(data)] = data
        self.block = image.index(BLOCK) + len(BLOCK)
        return bytes(sealed)
