# SPDX-License-Identifier: MIT
"""Illegal encodings of RV64IMAC with Zicsr, Zifencei, S- and U-mode. Those of F and D are illegal while
sstatus.FS is 0."""

SYSTEM = [0x73, 0x100073, 0x10200073, 0x10500073]  # ecall, ebreak, sret, wfi
STRICT = SYSTEM + [0x12000073, 0x1000202F, 0x1000302F]  # and sfence.vma, lr.w, lr.d
OPCODES = [0x43, 0x53, 0x07, 0x27, 0x67, 0x63, 0x03, 0x23, 0x0F, 0x13, 0x1B, 0x33, 0x3B, 0x2F, 0x73]


def field(bits, high, low):
    return bits >> low & ((2 << (high - low)) - 1)


def is_legal_word(bits):
    """Returns whether 32 bits may be an instruction. CSRs count as legal: other cases try them."""
    opcode, funct3, funct7 = field(bits, 6, 0), field(bits, 14, 12), field(bits, 31, 25)
    if opcode in (0x37, 0x17, 0x6F):
        return True
    if opcode == 0x67:
        return funct3 == 0
    if opcode == 0x63:
        return funct3 not in (2, 3)
    if opcode == 0x03:
        return funct3 != 7
    if opcode == 0x23:
        return funct3 < 4
    if opcode == 0x0F:
        return funct3 < 2
    if opcode == 0x13:
        return funct3 not in (1, 5) or funct7 >> 1 in ((0,) if funct3 == 1 else (0, 16))
    if opcode == 0x1B:
        return funct3 == 0 or funct3 in (1, 5) and funct7 in ((0,) if funct3 == 1 else (0, 32))
    if opcode == 0x33:
        return funct7 in (0, 1) or funct7 == 32 and funct3 in (0, 5)
    if opcode == 0x3B:
        return {0: funct3 in (0, 1, 5), 1: funct3 in (0, 4, 5, 6, 7), 32: funct3 in (0, 5)}.get(
            funct7, False
        )
    if opcode == 0x2F:
        funct5 = funct7 >> 2
        known = funct5 in (0, 1, 3, 4, 8, 12, 16, 20, 24, 28)
        return funct3 in (2, 3) and (known or funct5 == 2 and field(bits, 24, 20) == 0)
    if opcode == 0x73:
        if funct3 in (0, 4):
            return bits in SYSTEM or funct7 == 9 and funct3 == 0 and not bits & 0xF80
        return True
    return False


def illegal_word(rng):
    """Returns an encoding, mostly close to a legal one."""
    while True:
        bits = rng.getrandbits(32)
        shape = rng.randrange(5)
        if shape < 3:
            bits = bits & ~0x7F | rng.choice(OPCODES)
        elif shape == 3:
            bits = rng.choice(STRICT) ^ 1 << rng.randrange(7, 32) ^ rng.choice([0, 1 << 20])
        if bits & 3 == 3 and not is_legal_word(bits):
            return bits


def is_legal_half(bits):
    """Returns whether 16 bits may be a compressed instruction."""
    quadrant, funct3, rd = bits & 3, bits >> 13, field(bits, 11, 7)
    immediate = bits & 0x107C
    if quadrant == 0:
        return funct3 in (2, 3, 6, 7) or funct3 == 0 and bits & 0x1FE0 != 0
    if quadrant == 1:
        if funct3 == 1:
            return rd != 0
        if funct3 == 3:
            return immediate != 0
        return not (funct3 == 4 and bits & 0x1C40 == 0x1C40)
    if funct3 in (2, 3):
        return rd != 0
    return funct3 in (0, 6, 7) or funct3 == 4 and bits != 0x8002


def illegal_half(rng):
    while True:
        bits = rng.getrandbits(16)
        if rng.random() < 0.2:
            bits &= 0xF003  # rd, rs2 and immediates 0
        if bits & 3 != 3 and not is_legal_half(bits):
            return bits
