# SPDX-License-Identifier: MIT
"""Generated cases for differential.py: short random programs, by kind, from a seed."""

import dataclasses
import random

from differential_encodings import illegal_word, illegal_half

# Fixed places, so that the same program has the same addresses everywhere.
ARENA = 0x84000000  # seven pages: 2 and 3 are scratch memory, the others hold code
EDGE = ARENA + 0x3000  # the border of pages 2 and 3
ROOT = 0x84100000  # page tables: the root, and after it those of the windows
FRAME = 0x84200000
RAM_1G = 0x80000000
USER_ALIAS = 0x80000000  # the distance of the code's addresses in U-mode, with paging on

V, R, W, X, U, G, A, D = (1 << bit for bit in range(8))
SIE, SPIE, SPP, SUM, MXR = 1 << 1, 1 << 5, 1 << 8, 1 << 18, 1 << 19
FS = 3 << 13  # floating point: off, initial, clean, dirty
SV39 = 8 << 60 | ROOT >> 12


def pte(address, flags):
    return address >> 12 << 10 | flags


PTE_CODE = pte(RAM_1G, V | R | W | X | A | D)
PTE_CODE_U = pte(RAM_1G, V | R | X | U | A | D)


@dataclasses.dataclass
class Case:
    kind: str
    chunks: list  # of assembler lines; each works without the others
    registers: list  # x1 to x31 at the start
    user: bool = False
    satp: int = 0
    sstatus: int = 0
    ptes: dict = dataclasses.field(default_factory=dict)  # value by physical address
    page_end: int = 0  # if not 0: the code begins so many bytes before a page's end


TP = 4  # belongs to what runs the cases
ANY = [r for r in range(32) if r != TP]
TARGETS = [r for r in ANY if r != 0]
LOW = range(8, 16)  # the registers most compressed instructions know

EDGES = [0, 1, 2, -1, -2, 1 << 31, (1 << 31) - 1, -1 << 31, (-1 << 31) - 1, 1 << 63, (1 << 63) - 1]

ALU = """add sub sll slt sltu xor srl sra or and addw subw sllw srlw sraw mul mulh mulhsu mulhu
div divu rem remu mulw divw divuw remw remuw""".split()
DIVISIONS = [op for op in ALU if op[:3] in ("div", "rem")]
ALU_IMMEDIATE = "addi slti sltiu xori ori andi addiw".split()
SHIFTS = {"slli": 64, "srli": 64, "srai": 64, "slliw": 32, "srliw": 32, "sraiw": 32}
LOADS = {"lb": 1, "lh": 2, "lw": 4, "ld": 8, "lbu": 1, "lhu": 2, "lwu": 4}
STORES = {"sb": 1, "sh": 2, "sw": 4, "sd": 8}
FLOAT_LOADS = {"flw": 4, "fld": 8}
FLOAT_STORES = {"fsw": 4, "fsd": 8}
AMOS = "amoswap amoadd amoxor amoand amoor amomin amomax amominu amomaxu".split()
ORDERS = ["", ".aq", ".rl", ".aqrl"]
BRANCHES = "beq bne blt bge bltu bgeu".split()


def operand(rng):
    """Returns a value, often an interesting one."""
    shape = rng.randrange(5)
    if shape < 2:
        value = rng.choice(EDGES)
    elif shape == 2:
        value = (1 << rng.randrange(64)) + rng.randint(-1, 1)
    else:
        value = rng.getrandbits(rng.choice([8, 32, 64])) * rng.choice([1, -1])
    return value % (1 << 64)


def registers(rng):
    return [operand(rng) for _ in range(31)]


def some(rng, known):
    """Returns a register out of few, so that later instructions use earlier results."""
    return f"x{rng.choice(known)}"


def others(rng, *taken, count=1, known=TARGETS):
    """Returns registers that are not among `taken`."""
    return rng.sample([r for r in known if f"x{r}" not in taken], count)


def alu(rng, targets=ANY):
    rd, rs1, rs2 = some(rng, targets), some(rng, ANY), some(rng, ANY)
    shape = rng.randrange(10)
    if shape < 5:
        return f"{rng.choice(ALU)} {rd}, {rs1}, {rs2}"
    if shape < 8:
        immediate = rng.choice([0, 1, -1, 2047, -2048, rng.randint(-2048, 2047)])
        return f"{rng.choice(ALU_IMMEDIATE)} {rd}, {rs1}, {immediate}"
    if shape == 8:
        op = rng.choice(list(SHIFTS))
        return f"{op} {rd}, {rs1}, {rng.randrange(SHIFTS[op])}"
    upper = rng.choice([0, 1, 0x80000, rng.getrandbits(20)])
    return f"{rng.choice(['lui', 'auipc'])} {rd}, {upper}"


def edge_pair(rng):
    """Returns operands that are special together, such as the least number and -1."""
    rd, rs1, rs2 = others(rng, count=3)
    a, b, op = rng.choice(EDGES), rng.choice(EDGES), rng.choice(ALU)
    if rng.random() < 0.4:
        a, b, op = rng.choice([a, 1 << 63, 1 << 31]), rng.choice([0, -1]), rng.choice(DIVISIONS)
    return f"li x{rs1}, {a}\nli x{rs2}, {b}\n{op} x{rd}, x{rs1}, x{rs2}"


def arithmetic(rng):
    few = rng.sample(TARGETS, 6) + [0]
    chunks = [edge_pair(rng) for _ in range(5)] + [alu(rng, few) for _ in range(6)]
    return Case("arithmetic", chunks, registers(rng))


def compressed_alu(rng):
    rd, rs2 = others(rng, count=2)
    low, low2 = rng.choice(LOW), rng.choice(LOW)
    imm6 = rng.randint(-32, 31)
    upper = rng.choice([*range(1, 32), *range(0xFFFE0, 0x100000)])
    not_sp = others(rng, "x2")[0]
    return rng.choice(
        [
            f"c.addi x{rd}, {imm6 or 1}",
            f"c.addiw x{rd}, {imm6}",
            f"c.li x{rd}, {imm6}",
            f"c.lui x{not_sp}, {upper:#x}",
            f"c.addi16sp sp, {rng.choice([*range(-512, 0, 16), *range(16, 512, 16)])}",
            f"c.addi4spn x{low}, sp, {rng.randrange(4, 1024, 4)}",
            f"c.slli x{rd}, {rng.randint(1, 63)}",
            f"c.srli x{low}, {rng.randint(1, 63)}",
            f"c.srai x{low}, {rng.randint(1, 63)}",
            f"c.andi x{low}, {imm6}",
            f"c.mv x{rd}, x{rs2}",
            f"c.add x{rd}, x{rs2}",
            f"c.{rng.choice(['sub', 'xor', 'or', 'and', 'subw', 'addw'])} x{low}, x{low2}",
            "c.nop",
            f".half {rng.choice([0x0002, 0x8006, 0x4005, 0x6005, 0x0085]):#x}",  # hints, on x0
            "c.ebreak",
        ]
    )


def compressed(rng):
    chunks = [compressed_alu(rng) for _ in range(8)] + [compressed_access(rng) for _ in range(4)]
    rng.shuffle(chunks)
    return Case("compressed", chunks, registers(rng))


def place(rng, size, aligned=False):
    """An address in the scratch memory around EDGE."""
    offset = rng.randint(-64, 64 - size)
    return EDGE + (offset // size * size if aligned or rng.random() < 0.3 else offset)


def scratch_addresses():
    """As differential.s fills and folds them."""
    parts = (EDGE - 4096, 64), (EDGE - 64, 128), (EDGE + 4096 - 64, 64)
    return [address for start, size in parts for address in range(start, start + size, 8)]


def compressed_access(rng):
    op, size = rng.choice([("lw", 4), ("ld", 8), ("sw", 4), ("sd", 8)])
    on_stack = rng.random() < 0.5
    offset = rng.randrange(0, (64 if on_stack else 32) * size, size)
    base = "sp" if on_stack else f"x{rng.choice(LOW)}"
    data = rng.choice(TARGETS if on_stack else LOW)
    name = f"c.{op}sp" if on_stack else f"c.{op}"
    return f"li {base}, {place(rng, size) - offset:#x}\n{name} x{data}, {offset}({base})"


def access(rng):
    if rng.random() < 0.2:
        return compressed_access(rng)
    op, size = rng.choice([*LOADS.items(), *STORES.items()])
    offset = rng.choice([0, rng.randint(-2048, 2047)])
    base = rng.choice(TARGETS)
    return f"li x{base}, {place(rng, size) - offset:#x}\n{op} {some(rng, ANY)}, {offset}(x{base})"


def access_in_code(rng):
    """Data among code: stores must neither count as new code nor damage the old."""
    base, data = others(rng, count=2)
    store, size = rng.choice(list(STORES.items()))
    return (
        f"j 2f\n1: .quad {operand(rng)}\n2: la x{base}, 1b\n"
        f"{store} {some(rng, ANY)}, {rng.randint(0, 8 - size)}(x{base})\nld x{data}, 0(x{base})"
    )


def memory(rng):
    chunks = [access(rng) for _ in range(8)] + [access_in_code(rng)]
    chunks.append(rng.choice(["fence", "fence rw, w", "fence.tso", "fence.i"]))
    rng.shuffle(chunks)
    return Case("memory", chunks, registers(rng))


def amo(rng):
    base, rs2 = others(rng, count=2)
    width, size = rng.choice([("w", 4), ("d", 8)])
    misaligned = rng.randint(1, size - 1) if rng.random() < 0.1 else 0
    order = rng.choice(ORDERS)
    op = "lr" if misaligned and rng.random() < 0.3 else rng.choice(AMOS)
    source = f"x{rng.choice([rs2, base, 0])}, " if op != "lr" else ""
    address = place(rng, size, True) + misaligned
    insn = f"{op}.{width}{order} {some(rng, ANY)}, {source}(x{base})"
    lines = [f"li x{base}, {address:#x}", insn]
    if rng.random() < 0.5:  # edge values meet in memory, too
        data = others(rng, f"x{base}")[0]
        lines[1:1] = [f"li x{data}, {operand(rng):#x}", f"s{width} x{data}, 0(x{base})"]
    return "\n".join(lines)


def reserved(rng):
    """LR and SC together: the effect of a reservation without its SC is not specified."""
    base, other, old, new, result, again = others(rng, count=6)
    width, size = rng.choice([("w", 4), ("d", 8)])
    address = place(rng, size, True)
    store_at = rng.choice([base, base, other])
    lines = [
        f"li x{base}, {address:#x}",
        f"li x{other}, {EDGE + 64 - 8 if address < EDGE else EDGE - 64:#x}",
        f"lr.{width}{rng.choice(ORDERS)} x{old}, (x{base})",
        *(alu(rng, [new]) for _ in range(rng.randrange(3))),
        f"sc.{width}{rng.choice(ORDERS)} x{result}, x{new}, (x{store_at})",
    ]
    if rng.random() < 0.5:
        lines.append(f"sc.{width} x{again}, x{old}, (x{base})")
    return "\n".join(lines)


def atomic(rng):
    chunks = [amo(rng) for _ in range(5)] + [reserved(rng) for _ in range(2)]
    rng.shuffle(chunks)
    return Case("atomic", chunks, registers(rng))


def far(rng, limit):
    """Space to jump across, without executable code."""
    return f".skip {rng.randrange(2, limit, 2)}"


def jump(rng):
    a, b = some(rng, ANY), some(rng, ANY)
    link, through = others(rng, count=2)
    body = "\n".join(alu(rng) for _ in range(rng.randrange(3)))
    low, delta = rng.choice(LOW), rng.randrange(-2046, 2046, 2)
    short = far(rng, 220)
    branch = rng.choice(BRANCHES)
    shape = rng.randrange(9)
    if shape == 0:
        return f"{branch} {a}, {b}, 1f\n{body}\n1:"
    if shape == 1:
        return f"j 2f\n1: {body}\nj 3f\n{short}\n2: {branch} {a}, {b}, 1b\n3:"
    if shape == 2:
        return f"{branch} {a}, {b}, 1f\nj 2f\n{far(rng, 4000)}\n1: {body}\n2:"
    if shape == 3:
        return f"jal {rng.choice(['x0', 'ra', f'x{link}'])}, 1f\n{far(rng, 6000)}\n1: {body}"
    if shape == 4:  # bit 0 of a target is ignored
        rd = rng.choice([0, 1, link, through])
        return (
            f"la x{through}, 1f\naddi x{through}, x{through}, {-delta}\n"
            f"jalr x{rd}, {delta + rng.choice([0, 0, 1])}(x{through})\n{far(rng, 600)}\n1: {body}"
        )
    if shape == 5:
        return f"{rng.choice(['c.beqz', 'c.bnez'])} x{low}, 1f\nc.j 2f\n{short}\n1: {body}\n2:"
    if shape == 6:
        test = rng.choice(["c.beqz", "c.bnez"])
        return f"c.j 2f\n1: c.j 3f\n{far(rng, 1800)}\n2: {test} x{low}, 4f\nc.j 1b\n3: c.nop\n4:"
    if shape == 7:
        return f"la x{through}, 1f\n{rng.choice(['c.jr', 'c.jalr'])} x{through}\n{short}\n1: {body}"
    again = rng.choice(["bnez", "c.bnez", "bltu x0,", "blt x0,"])
    inner = "\n".join(alu(rng, others(rng, f"x{low}", count=3)) for _ in range(3))
    count = rng.randint(1, 20)
    return f"li x{low}, {count}\n1: {inner}\naddi x{low}, x{low}, -1\n{again} x{low}, 1b"


def branch(rng):
    return Case("branch", [jump(rng) for _ in range(5)], registers(rng))


def straddle(rng):
    """A four-byte instruction with two bytes in the next page."""
    rd, base = others(rng, count=2)
    a, b = some(rng, ANY), some(rng, ANY)
    insn = rng.choice(
        [
            alu(rng),
            f"auipc x{rd}, {rng.getrandbits(20)}",
            f"jal x{rng.choice([0, 1, rd])}, 1b",
            f"jalr x{rng.choice([0, 1, rd])}, 0(x{base})",
            f"{rng.choice(BRANCHES)} {a}, {b}, 1b",
            f"{rng.choice(BRANCHES)} {a}, {a}, 1b",
            f"ld x{rd}, 3(x{base})",
            f"fld f{rd}, 3(x{base})",
            f"fadd.d f{rd}, f0, f0",
            f"amoadd.w x{rd}, x0, (x{base})",
            "csrrs x0, sscratch, x0",
            f"csrrci x{rd}, sscratch, 1",
            "fence.i",
            "sfence.vma",
            "ebreak",
            f".word {illegal_word(rng):#x}",
        ]
    )
    return (
        f".option push\n.option norvc\nla x{base}, 1f\nj 2f\n.balign 4096, 1\n.skip 4096 - 10\n"
        f"1: auipc x{rd}, 0\nj 3f\n2: {insn}\n3: auipc x{rd}, 0\n.option pop"
    )


def straddling(rng):
    return Case("straddling", [straddle(rng) for _ in range(3)], registers(rng))


def illegal_bits(rng):
    if rng.random() < 0.7:
        return f".word {illegal_word(rng):#010x}"
    return f".half {illegal_half(rng):#06x}"


def illegal(rng):
    chunks = [illegal_bits(rng) for _ in range(6)] + [alu(rng)]
    return Case("illegal", chunks, registers(rng), user=rng.random() < 0.3)


def addi(rd, rs1, immediate):
    return (immediate & 0xFFF) << 20 | rs1 << 15 | rd << 7 | 0x13


def c_addi(rd, immediate):
    return 0x0001 | rd << 7 | immediate << 2


def rewrite(rng):
    """A loop that replaces one of its own instructions after executing it. The old form, the new form, or
    both may use the result of the instruction before. Each form runs twice. Neither side needs the
    fence.i: QEMU checks each store, the soft back end (mmu.c) checks stores to code.
    """
    fence = rng.choice(["fence.i", "nop"])
    loop, target, value, rd, other, odd = others(rng, "x1", count=6)
    source = rng.choice([rd, other])
    if rng.random() < 0.4:
        store, size, old, new = "sh", 2, c_addi(rd, 1), c_addi(source, rng.randint(2, 31))
    else:
        store, size, old, new = "sw", 4, addi(rd, rd, 1), addi(rd, source, rng.randint(-2048, 2047))
    patch = f"{store} x{value}, 0(x{target})"
    if (old ^ new) & 0xFFFF == 0 and rng.random() < 0.4:  # only the half that differs
        patch, new = f"sh x{value}, 2(x{target})", new >> 16
    if rng.random() < 0.5:  # in the case itself
        setup, call = f"la x{target}, 2f", f"addi x{rd}, x{rd}, 3\n2: .{size}byte {old:#x}"
    else:  # in another page, perhaps across its end
        setup = (
            f"li x{target}, {ARENA + rng.choice([0x5100, 0x5FFC, 0x5FFE, 0x6000]):#x}\n"
            f"li x{value}, {old:#x}\n{store} x{value}, 0(x{target})\n"
            f"li x{value}, 0x8082\nsh x{value}, {size}(x{target})\n{fence}"
        )
        call = f"jalr x{target}"
    return (
        f"{setup}\nli x{value}, {new:#x}\nli x{loop}, 4\n1:\n{call}\n"
        f"andi x{odd}, x{loop}, 1\nbeqz x{odd}, 3f\n{patch}\n{fence}\n"
        f"3: addi x{loop}, x{loop}, -1\nbnez x{loop}, 1b"
    )


def self_modifying(rng):
    return Case("self_modifying", [rewrite(rng) for _ in range(3)], registers(rng))
