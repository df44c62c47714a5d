# SPDX-License-Identifier: MIT
"""Generated cases for differential.py: the F and D extensions."""

import struct

from differential_cases import (
    ANY, EDGES, FLOAT_LOADS, FLOAT_STORES, FS, LOW, SPIE, SUM, TARGETS, TP,
    Case, operand, others, place, registers,
)  # fmt: skip

SD = 1 << 63
FS_SHOWN = FS | SD | SPIE | SUM
BOX = 0xFFFFFFFF << 32
DYNAMIC = 7
MODES = {0: "rne", 1: "rtz", 2: "rdn", 3: "rup", 4: "rmm", DYNAMIC: "dyn"}

# A convention, so that operands mostly have the type that an instruction needs.
SINGLES, DOUBLES = range(1, 32, 2), range(0, 32, 2)


class Format:
    def __init__(self, letter, code, exponent_bits, fraction_bits, registers):
        self.letter, self.code, self.registers = letter, code, registers
        self.exponent_bits, self.fraction_bits = exponent_bits, fraction_bits
        self.sign = 1 << exponent_bits + fraction_bits
        self.numbers = [self.near(n, d) for n in NUMBERS for d in (-1, 0, 1)]
        infinity, top = self.field(-1, 0), 1 << fraction_bits - 1
        self.edges = [0, 0, 1, top, 2 * top - 1, 2 * top, infinity - 1, infinity, infinity + 1]
        self.edges += [infinity + top, infinity + top + 1, self.near(1.0, 0)]

    def near(self, number, distance):
        kinds = ("<f", "<I") if self.letter == "s" else ("<d", "<Q")
        return struct.unpack(kinds[1], struct.pack(kinds[0], number))[0] + distance

    def field(self, exponent, fraction):
        exponents, fractions = 1 << self.exponent_bits, 1 << self.fraction_bits
        return exponent % exponents << self.fraction_bits | fraction % fractions

    def special(self, rng):
        """Zeros, infinities, NaNs, their neighbours, and any other exponent."""
        exponent = rng.choice([0, 0, 1, 2, -1, -1, -2, -3, rng.getrandbits(11)])
        top = 1 << self.fraction_bits - 1
        fractions = [0, 0, 1, -1, -2, top, top - 1, top + 1, rng.getrandbits(64)]
        return self.field(exponent, rng.choice(fractions))

    def simple(self, rng):
        """Numbers near 1 with few bits, so that there are ties and cancellations."""
        middle = (1 << self.exponent_bits - 1) - 1
        distance = rng.choice([0, 1, -1, rng.randint(-70, 70), self.fraction_bits + 1])
        few = sum(1 << rng.randrange(self.fraction_bits) for _ in range(rng.randrange(3)))
        return self.field(middle + distance, few + rng.choice([0, 0, 1, -1]))

    def tiny_product(self, rng):
        """Numbers whose products and quotients lie near the largest subnormal number."""
        middle = (1 << self.exponent_bits - 1) - 1
        exponent = rng.choice([middle // 2, middle // 2 + middle]) + rng.randint(-30, 30)
        return self.field(exponent, rng.choice([0, 1, -1, rng.getrandbits(64)]))

    def value(self, rng):
        makers = [self.special, self.simple, self.tiny_product]
        lists = [self.edges, self.edges, self.numbers]
        number = rng.choice([*(make(rng) for make in makers), *map(rng.choice, lists)])
        return number | rng.choice([0, self.sign])

    def register(self, rng):
        """The same in a register; sometimes a single that is not boxed."""
        if self.letter == "d":
            return self.value(rng)
        box = BOX if rng.random() < 0.95 else rng.choice([0, BOX - (1 << 32), BOX >> 1 & BOX])
        return self.value(rng) | box


# Around the limits of integers, and of singles; halves.
NUMBERS = [0.5, 1.0, 1.5, 2.5, 3.5, 255.5, 2.0**31, 2.0**32, 2.0**63, 2.0**64, 2.0**31 - 0.5]
NUMBERS += [2.0**31 - 1, 2.0**32 - 0.5, 2.0**32 - 1, 2.0**24, 2.0**53, 2.0**-126, 2.0**-149]
NUMBERS += [2.0**-150, 2.0**-125 - 2.0**-149, 2.0**127, (2 - 2.0**-23) * 2.0**127, 1 + 2.0**-24]

FORMATS = [Format("s", 0, 8, 23, SINGLES), Format("d", 1, 11, 52, DOUBLES)]
SINGLE, DOUBLE = FORMATS

# Opcode OP-FP: funct5; rs2 or None for an operand; funct3 or None for a rounding mode.
COMPUTE = {
    "fadd": (0x00, None, None),
    "fsub": (0x01, None, None),
    "fmul": (0x02, None, None),
    "fdiv": (0x03, None, None),
    "fsqrt": (0x0B, 0, None),
    "fsgnj": (0x04, None, 0),
    "fsgnjn": (0x04, None, 1),
    "fsgnjx": (0x04, None, 2),
    "fmin": (0x05, None, 0),
    "fmax": (0x05, None, 1),
}
TO_X = {
    "fle": (0x14, None, 0),
    "flt": (0x14, None, 1),
    "feq": (0x14, None, 2),
    "fcvt.w": (0x18, 0, None),
    "fcvt.wu": (0x18, 1, None),
    "fcvt.l": (0x18, 2, None),
    "fcvt.lu": (0x18, 3, None),
    "fmv.x": (0x1C, 0, 0),
    "fclass": (0x1C, 0, 1),
}
FROM_X = {
    "fcvt.f.w": (0x1A, 0, None),
    "fcvt.f.wu": (0x1A, 1, None),
    "fcvt.f.l": (0x1A, 2, None),
    "fcvt.f.lu": (0x1A, 3, None),
    "fmv.f.x": (0x1E, 0, 0),
}
FUSED = {"fmadd": 0x43, "fmsub": 0x47, "fnmsub": 0x4B, "fnmadd": 0x4F}
RAISES_NONE = ["fmv.x", "fclass"]  # among those that write an integer register


def word(opcode, rd, funct3, rs1, rs2, funct5, code, comment):
    bits = opcode | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | code << 25 | funct5 << 27
    return f".word {bits:#010x} # {comment}"


def some(rng, known):
    return rng.choice(known) if rng.random() < 0.95 else rng.randrange(32)


def mode(rng):
    return rng.choice(list(MODES))


def compute(rng, form, targets=TARGETS):
    """Returns an instruction and the registers that it reads: floating-point ones and an integer one."""
    name = rng.choice([*COMPUTE, *FUSED, *TO_X, *FROM_X, "fcvt"])
    a, b, c, rd = (some(rng, form.registers) for _ in range(4))
    rm, comment = mode(rng), f"{name}.{form.letter}"
    if name in FUSED:
        return word(FUSED[name], rd, rm, a, b, c, form.code, f"{comment} {MODES[rm]}"), [a, b, c], None
    if name == "fcvt":
        other = FORMATS[1 - form.code]
        a = some(rng, other.registers)
        return word(0x53, rd, rm, a, other.code, 0x08, form.code, f"{comment} {MODES[rm]}"), [a], None
    funct5, rs2, funct3 = {**COMPUTE, **TO_X, **FROM_X}[name]
    if funct3 is None:
        comment, funct3 = f"{comment} {MODES[rm]}", rm
    sources, source_x = [a] if rs2 is not None else [a, b], None
    if name in TO_X:
        rd = rng.choice([*targets, 0])
    if name in FROM_X:
        sources, source_x = [], rng.choice(ANY)
        a = source_x
    rs2 = b if rs2 is None else rs2
    return word(0x53, rd, funct3, a, rs2, funct5, form.code, comment), sources, source_x


def set_up(rng, form, sources, source_x):
    """Returns interesting operands, which may be related."""
    scratch = others(rng)[0]
    lines, last = [], 0
    for source in sources:
        known = next((f for f in FORMATS if source in f.registers), form)
        value = known.register(rng)
        if last and rng.random() < 0.2:
            value = (last ^ rng.choice([0, form.sign])) + rng.choice([0, 0, 1, -1])
        last = value
        lines += [f"li x{scratch}, {value % (1 << 64):#x}", f"fmv.d.x f{source}, x{scratch}"]
    if source_x:
        value = rng.choice([operand(rng), rng.choice(EDGES), 1 << 24 | 1, (1 << 53) + 1, (1 << 64) - 1025])
        lines.append(f"li x{source_x}, {value % (1 << 64):#x}")
    return lines


def computing(rng):
    form = rng.choice(FORMATS)
    flags = others(rng)[0]
    insn, sources, source_x = compute(rng, form, [r for r in TARGETS if r != flags])
    lines = set_up(rng, form, sources, source_x) if rng.random() < 0.8 else []
    if rng.random() < 0.3:
        lines.append(f"csrwi frm, {rng.randrange(5)}")
    return "\n".join([*lines, insn, rng.choice([f"csrrw x{flags}, fflags, x0", ""])])


def reserved_mode(rng):
    """Invalid rounding modes, in the instruction or in frm."""
    insn, _, _ = compute(rng, rng.choice(FORMATS))
    if rng.random() < 0.5:
        return f"csrwi frm, {rng.choice([5, 6, 7])}\n{insn}\ncsrwi frm, {rng.randrange(5)}"
    bits, _, comment = insn.removeprefix(".word ").partition(" # ")
    reserved = rng.choice([5, 6])
    return f".word {int(bits, 16) & ~0x7000 | reserved << 12:#010x} # {comment}, mode {reserved}"


def one_bit_off(rng):
    """Close to an instruction. If it is one, it does not write the handler's registers."""
    insn, _, _ = compute(rng, rng.choice(FORMATS))
    bits = int(insn.split()[1], 16) ^ 1 << rng.choice([12, 13, 14, *range(20, 32)])
    rd = bits >> 7 & 31
    return f".word {bits ^ (rd == TP) << 7:#010x} # from {insn}"


def any_bits(rng):
    """Mostly no instruction; likewise."""
    opcode = rng.choice([0x53, 0x53, 0x53, 0x43, 0x47, 0x4B, 0x4F, 0x07, 0x27])
    bits = rng.getrandbits(32) & ~0x3000FFF | opcode
    bits |= rng.choice(TARGETS) << 7 | rng.choice([0, 0, 1, 1, 2, 3]) << 25
    if rng.random() < 0.5:
        bits &= ~(30 << 20)  # an rs2 that many want
    if rng.random() < 0.5:
        bits |= 0x7000
    if opcode in (0x07, 0x27) and bits >> 12 & 7 in (2, 3):
        bits &= ~0x7000
    return f".word {bits:#010x}"


def access(rng):
    shape = rng.randrange(4)
    base, known = others(rng)[0], ANY
    op, size = rng.choice([*FLOAT_LOADS.items(), *FLOAT_STORES.items()])
    offset, name = rng.choice([0, rng.randint(-2048, 2047)]), op
    if shape < 2:
        op, size = rng.choice([("fld", 8), ("fsd", 8)])
        base, known, offset = rng.choice(LOW), LOW, rng.randrange(0, 256, 8)
        name = f"c.{op}"
        if shape == 0:
            base, known, offset, name = 2, range(32), rng.randrange(0, 512, 8), f"c.{op}sp"
    return f"li x{base}, {place(rng, size) - offset:#x}\n{name} f{rng.choice(known)}, {offset}(x{base})"


def csr(rng):
    """fflags, frm, fcsr. Afterwards frm is a valid rounding mode again."""
    target, source = others(rng, count=2)
    name = rng.choice(["fflags", "frm", "fcsr"])
    op = rng.choice(["csrrw", "csrrs", "csrrc"])
    operands = rng.choice([f"x{source}", f"x{source}", "x0"])
    if rng.random() < 0.3:
        op, operands = f"{op}i", rng.randrange(32)
    back = others(rng, f"x{target}")[0]
    return (
        f"li x{source}, {operand(rng):#x}\n{op} x{target}, {name}, {operands}\n"
        f"csrr x{back}, fcsr\ncsrwi frm, {rng.randrange(5)}"
    )


def changes_no_flag(rng):
    """QEMU does not set FS to dirty when an instruction that writes an integer register raises a
    flag, although that changes fflags."""
    while True:
        lines = rng.choice([compute_lines, access, csr])(rng)
        if not any(f"# {name}." in lines for name in TO_X if name not in RAISES_NONE):
            return lines


def compute_lines(rng):
    return compute(rng, rng.choice(FORMATS))[0]


def unit_state(rng):
    """FS off, initial or clean, and its value after an instruction, which changes nothing else of sstatus."""
    mask, state, back, shown = others(rng, count=4)
    return (
        f"li x{mask}, {FS:#x}\ncsrc sstatus, x{mask}\nli x{state}, {rng.randrange(4) << 13 | SPIE | SUM:#x}\n"
        f"csrs sstatus, x{state}\n{changes_no_flag(rng)}\ncsrr x{back}, sstatus\n"
        f"li x{shown}, {FS_SHOWN:#x}\nand x{back}, x{back}, x{shown}\n"
        f"li x{mask}, {FS:#x}\ncsrs sstatus, x{mask}"
    )


def float_registers(rng):
    """The floating-point registers start with the integer registers' values."""
    made = registers(rng)
    for number in range(1, 32):
        if rng.random() < 0.8:
            made[number - 1] = FORMATS[number % 2 == 0].register(rng)
    return made


def floats(rng):
    user = rng.random() < 0.2
    shapes = {computing: 14, access: 4, csr: 2, reserved_mode: 1, one_bit_off: 2, any_bits: 1, unit_state: 0 if user else 2}
    chunks = [rng.choices(list(shapes), list(shapes.values()))[0](rng) for _ in range(14)]
    return Case("floats", chunks, float_registers(rng), user, sstatus=FS)
