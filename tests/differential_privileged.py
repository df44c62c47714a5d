# SPDX-License-Identifier: MIT
"""Generated cases for differential.py: CSRs, modes, interrupts, Sv39."""

from differential_cases import (
    A, D, G, R, U, V, W, X, FS, MXR, SIE, SPIE, SPP, SUM, SV39, ARENA, EDGE, RAM_1G, ROOT, USER_ALIAS,
    AMOS, ANY, FLOAT_LOADS, FLOAT_STORES, LOADS, STORES, Case, alu, illegal_bits, operand, others, pte, registers, some,
)  # fmt: skip

# What S-mode may write in sstatus, without what only one side has (UXL as 32 bits, VS), and
# FS, which differential_float.py tries.
SSTATUS_WRITTEN = ~(3 << 32 | 3 << 13 | 3 << 15 | 3 << 9 | SIE) % (1 << 64)
SSTATUS_READ = SIE | SPIE | SPP | SUM | MXR | 3 << 32
UNKNOWN_CSRS = [0x001, 0x003, 0x200, 0x300, 0x305, 0x340, 0x341, 0x3A0, 0x3B0, 0x7A0, 0x7B0, 0x7C0]
UNKNOWN_CSRS += [0x101, 0x145, 0x181, 0x280, 0x600, 0x680, 0x9C0, 0xDC0, 0xF11, 0xF14, 0xB00, 0x5C0]
FLOAT_ACCESSES = {**FLOAT_LOADS, **FLOAT_STORES}
SATP_MODES_NOBODY_HAS = [*range(1, 8), *range(11, 16)]


def csr_op(rng, csr, target, source):
    op = rng.choice(["csrrw", "csrrs", "csrrc"])
    if rng.random() < 0.3:
        return f"{op}i x{target}, {csr}, {rng.randrange(32)}"
    return f"{op} x{target}, {csr}, x{rng.choice([source, source, 0])}"


def csr(rng):
    """One access and its results."""
    target, source, back, mask = others(rng, count=4)
    value = operand(rng)
    shape = rng.randrange(9)
    if shape == 0:
        name = rng.choice(["sscratch", "scause", "stval"])
        op = csr_op(rng, name, target, source)
        return f"li x{source}, {value:#x}\n{op}\ncsrr x{back}, {name}"
    if shape == 1:  # sepc has no bit 0 here; QEMU keeps it
        return (
            f"li x{source}, {value & ~1:#x}\ncsrrw x0, sepc, x{source}\n"
            f"csrrc x{target}, sepc, x{rng.choice([0, source])}\ncsrr x{back}, sepc"
        )
    if shape == 2:
        return (
            f"li x{source}, {value & SSTATUS_WRITTEN:#x}\nli x{mask}, {SSTATUS_READ:#x}\n"
            f"{rng.choice(['csrrw', 'csrrs', 'csrrc'])} x{target}, sstatus, x{source}\n"
            f"csrr x{back}, sstatus\n"
            f"and x{target}, x{target}, x{mask}\nand x{back}, x{back}, x{mask}"
        )
    if shape == 3:
        return (
            f"li x{source}, {value:#x}\n{csr_op(rng, 'sie', target, source)}\n"
            f"csrrw x{back}, sie, x0"
        )
    if shape == 4:
        return (
            f"li x{source}, {value:#x}\n{rng.choice(['csrw', 'csrs', 'csrc'])} sip, x{source}\n"
            f"csrr x{back}, sip\nandi x{back}, x{back}, 2"
        )
    if shape == 5:  # restores the handler's address before anything can trap
        return (
            f"li x{source}, {value:#x}\ncsrrw x{target}, stvec, x{source}\n"
            f"csrrw x{back}, stvec, x{target}\ncsrr x{target}, stvec"
        )
    if shape == 6:
        satp = rng.choice(SATP_MODES_NOBODY_HAS) << 60 | value >> 4
        return f"li x{source}, {satp:#x}\ncsrrw x{target}, satp, x{source}\ncsrr x{back}, satp"
    if shape == 7:
        return (
            f"li x{source}, {value & 7}\ncsrrw x{target}, scounteren, x{source}\n"
            f"csrrwi x{back}, scounteren, 7"
        )
    if rng.random() < 0.2:
        return rng.choice(["csrrsi x0, cycle, 1", "csrrwi x0, time, 0", "csrci instret, 1"])
    return csr_op(rng, hex(rng.choice(UNKNOWN_CSRS)), target, source)


def csrs(rng):
    return Case("csr", [csr(rng) for _ in range(6)], registers(rng))


SUPERVISOR_ONLY = ["sret", "wfi", "sfence.vma", "sfence.vma x5, x6", "csrr x5, sstatus",
                   "csrw sepc, x5", "csrr x6, satp", "csrwi sie, 2", "csrwi sip, 2"]  # fmt: skip


def in_user(rng):
    """Something for U-mode."""
    shape = rng.randrange(6)
    if shape == 0:
        return f"li a7, {rng.choice([0, 2, 8])}\necall"
    if shape == 1:
        return rng.choice(["ebreak", "c.ebreak"])
    if shape == 2:
        return illegal_bits(rng)
    if shape == 3:
        return rng.choice(SUPERVISOR_ONLY)
    if shape == 4:
        return f"csrr x0, {rng.choice(['cycle', 'instret'])}"
    return alu(rng)


def supervisor(rng):
    """Something for S-mode that brings an interrupt closer, or handles it."""
    shape = rng.randrange(7)
    if shape == 0:
        return f"csr{rng.choice('sc')}i sstatus, 2"
    if shape == 1:
        return f"csr{rng.choice('sc')}i sie, 2"
    if shape == 2:
        return f"csr{rng.choice('ssc')}i sip, 2"
    if shape == 3:
        return vectored(rng)
    if shape == 4:  # does not sleep, because an interrupt is pending
        wait = "csrci sstatus, 2\ncsrsi sie, 2\ncsrsi sip, 2\nwfi"
        return wait + rng.choice(["\ncsrci sip, 2", "\ncsrsi sstatus, 2", ""])
    if shape == 5:
        return f"csrwi scounteren, {rng.randrange(8)}"
    return alu(rng)


def vectored(rng):
    """Vectored traps. Without those that OpenSBI passes on, such as illegal instructions: it would go on at
    stvec with bit 0 set, and so would QEMU."""
    ready = "csrsi sie, 2\ncsrsi sip, 2"
    body = rng.choice([f"{ready}\ncsrsi sstatus, 2", "ebreak", to_user(rng, "li a7, 0\necall"),
                       f"csrci sstatus, 2\n{ready}\n{to_user(rng, 'nop')}"])  # fmt: skip
    return f"csrsi stvec, 1\n{body}\ncsrci stvec, 1"


def sret(rng, change_spp):
    """Returns to the next instruction, with interrupts on or off there."""
    spie = f"li t0, {SPIE}\ncsr{rng.choice('sc')} sstatus, t0\nla t0, 1f\ncsrw sepc, t0\n"
    return f"{spie}li t0, {SPP}\n{change_spp} sstatus, t0\nsret\n.word 0\n1:"


def to_user(rng, body):
    """Goes to U-mode and back, by an ecall that the handler recognises."""
    return f"{sret(rng, 'csrc')} {body}\nli a7, 1\necall"


def mode_change(rng):
    if rng.random() < 0.3:
        return sret(rng, "csrs")
    return to_user(rng, "\n".join(in_user(rng) for _ in range(rng.randint(1, 4))))


def modes(rng):
    chunks = [rng.choice([mode_change, supervisor, supervisor])(rng) for _ in range(8)]
    return Case("modes", chunks, registers(rng))


# Sv39

PERMISSIONS = [R, R | W, X, R | X, R | W | X]
ROOT_INDICES = [1, 5, 6, 255, 256, 300, 511]
ROOT_48 = ROOT + 5 * 4096  # behind the tables of the windows
ROOT_48_INDICES = [0, 0, 1, 255, 256, 511]
SV48 = 9 << 60 | ROOT_48 >> 12
DEFECTS = ["invalid", "write_only", "reserved", "misaligned", "pointer_flags", "deep_pointer"]


def leaf(rng, address):
    flags = V | rng.choice(PERMISSIONS + [R | W, R | W | X]) | rng.choice([0, U])
    flags |= rng.choice([A | D, A | D, A, D, 0]) | rng.choice([0, 0, G]) | rng.randrange(4) << 8
    return pte(address, flags)


def spoil(rng, value, level):
    """Makes a PTE invalid in one way."""
    defect = rng.choice(DEFECTS)
    if defect == "invalid":
        return value & ~V
    if defect == "write_only":
        return value & ~(R | X) | W | rng.choice([0, X])
    if defect == "reserved":
        return value | 1 << rng.randint(54, 63)
    if defect == "misaligned" and level > 0:
        return value ^ 1 << 10 + rng.randrange(9 * level)
    if defect == "pointer_flags":
        return value & ~(R | W | X | A | D | U) | rng.choice([A, D, U, A | D])
    if level == 0:
        return value & ~(R | W | X | A | D | U)
    return value & ~V


class Window:
    """The virtual addresses of the arena: two adjacent pages."""

    def __init__(self, rng, index, root_index, top=None, code=0):
        """With top, the index in Sv48's root table; else in Sv39. With code: the flags of most
        pages, which are those with the code."""
        level = 0 if code else rng.randrange(3)
        self.code_flags = code
        middle = ROOT + (2 * index + 1) * 4096
        low = middle + 4096
        j, k = rng.randrange(512), rng.randrange(511)
        self.pages = [2, 3]
        self.ptes = {}
        base = root_index << 30
        if level == 2:
            entries = {ROOT + root_index * 8: RAM_1G}
            base += ARENA - RAM_1G + self.pages[0] * 4096
        elif level == 1:
            self.ptes[ROOT + root_index * 8] = pte(middle, V)
            entries = {middle + j * 8: ARENA}
            base += (j << 21) + self.pages[0] * 4096
        else:
            self.pages = [0, 1] if code else rng.choice([[2, 3], [3, 2], [2, 2], [0, 1]])
            self.ptes[ROOT + root_index * 8] = pte(middle, V)
            self.ptes[middle + j * 8] = pte(low, V)
            entries = {low + (k + i) * 8: ARENA + p * 4096 for i, p in enumerate(self.pages)}
            base += (j << 21) + (k << 12)
        self.leaves, self.level = entries, level
        if top is None:
            self.base = base | -(base >> 38 & 1) << 39
        else:
            self.base = base + (top << 39) | -(top >> 8 & 1) << 48
        for place in entries:
            self.ptes[place] = self.entry(rng, place)
        if level < 2 and rng.random() < 0.15:  # a bad pointer on the way
            place = rng.choice([p for p in self.ptes if p not in entries])
            self.ptes[place] = spoil(rng, self.ptes[place] | rng.choice([0, A, D, U]), 0)
        if top is not None:
            self.ptes[ROOT_48 + top * 8] = pte(ROOT, V)
            if rng.random() < 0.1 and top > 0:  # 0 is the code itself
                self.ptes[ROOT_48 + top * 8] = spoil(rng, pte(ROOT, V | rng.choice([0, A, D, U])), 0)

    def entry(self, rng, place):
        address = self.leaves[place]
        if address == ARENA + 4096:  # page 4 holds other code there
            address = rng.choice([address, ARENA + 4 * 4096])
        if self.code_flags and rng.random() < 0.9:
            return pte(address, self.code_flags)
        value = leaf(rng, address)
        return spoil(rng, value, self.level) if rng.random() < 0.2 else value

    def address(self, rng, size, aligned):
        """Returns a target of an access: the scratch memory, across page ends; or code, for [0, 1]."""
        if self.pages == [0, 1]:
            offset = rng.choice([0x100, 0x1100]) + rng.randrange(64)
        else:
            offset = rng.choice([0, 4096 - 32, 4096, 8192 - 64]) + rng.randrange(64 - size + 1)
            if rng.random() < 0.2:
                offset = rng.choice([0, 4096, 8192]) - rng.randrange(size)
                if self.level > 0:  # there are also pages around it
                    offset = min(max(offset, 0), 8192 - size)
        return self.base + (offset // size * size if aligned else offset)

    def code_address(self, rng):
        if self.pages == [0, 1] and rng.random() < 0.6:
            # An instruction that begins in page 0, or a compressed one at the end of the other.
            return self.base + rng.choice([0xFFE, 0x1FFE])
        return self.base + rng.choice([0x800, 0x1800])


def paged_access(rng, window, user):
    base, data = others(rng, "x1", count=2)
    shape = rng.randrange(10)
    if shape < 3:
        # QEMU fetches in S-mode from a page of U-mode that SUM let it load from before.
        flush = "" if user else "sfence.vma\n"
        address, odd = window.code_address(rng), rng.choice([0, 0, 1])
        lines = f"{flush}jalr ra, {odd}(x{{base}})"
    elif shape == 3:
        width, size = rng.choice([("w", 4), ("d", 8)])
        address = window.address(rng, size, True)
        lines = f"{rng.choice(AMOS)}.{width} x{data}, {some(rng, ANY)}, (x{{base}})"
        if rng.random() < 0.3:
            lines = f"lr.{width} x{data}, (x{{base}})"
    else:
        op, size = rng.choice([*LOADS.items(), *STORES.items()])
        address, file = window.address(rng, size, rng.random() < 0.6), "x"
        if size >= 4 and rng.random() < 0.2:
            op, file = rng.choice([o for o, s in FLOAT_ACCESSES.items() if s == size]), "f"
        lines = f"{op} {file}{data}, 0(x{{base}})"
    if rng.random() < 0.05:  # not canonical
        address ^= rng.choice([1, 3, (1 << 25) - 1]) << 39
    return f"li x{base}, {address % (1 << 64):#x}\n" + lines.format(base=base)


def new_entry(rng, window):
    """The steps by which S-mode changes a translation."""
    place, value, where = others(rng, count=3)
    target = rng.choice(list(window.leaves))
    flush = rng.choice(["sfence.vma", f"sfence.vma x{where}", f"sfence.vma x{where}, x0"])
    page = list(window.leaves).index(target) * 4096
    if window.level > 0:
        flush = "sfence.vma"
    return (
        f"li x{place}, {target:#x}\nli x{value}, {window.entry(rng, target):#x}\n"
        f"sd x{value}, 0(x{place})\nli x{where}, {(window.base + page) % (1 << 64):#x}\n{flush}"
    )


def unpaged_access(rng, window):
    """Turns satp off and on again between two equal accesses."""
    access = data_access(rng, window)
    satp, base, data = others(rng, count=3)
    return (
        f"{access}\ncsrrw x{satp}, satp, x0\nsfence.vma\n"
        f"li x{base}, {EDGE - 4:#x}\nld x{data}, 0(x{base})\nsd x{data}, 8(x{base})\n"
        f"csrw satp, x{satp}\nsfence.vma\n{access}"
    )


def data_access(rng, window):
    while "jalr" in (lines := paged_access(rng, window, False)):
        pass
    return lines


def rights_change(rng, window):
    """The same access before and after."""
    mask, access = others(rng)[0], data_access(rng, window)
    change = f"csr{rng.choice('sc')} sstatus, x{mask}"
    return f"{access}\nli x{mask}, {rng.choice([SUM, MXR, SUM | MXR])}\n{change}\n{access}"


def user_visit(rng, window):
    """The same access from S-mode and U-mode. The way back is a fetch fault, because S-mode may not
    execute the code at U-mode's address; then the handler goes on at ra."""
    access = data_access(rng, window)
    return (
        f"{access}\nla t0, 1f\nli t1, {USER_ALIAS:#x}\nadd t0, t0, t1\ncsrw sepc, t0\nla ra, 2f\n"
        f"li t0, {SPP}\ncsrc sstatus, t0\nsret\n1: {access}\nli a7, 1\necall\n2: {access}"
    )


def paging(rng):
    user = rng.random() < 0.4
    roots = rng.sample(ROOT_INDICES, 2)
    code = rng.choice([0] * 6 + [V | R | X | (U if user else 0)])
    sv48 = rng.random() < 0.3
    tops = [rng.choice(ROOT_48_INDICES) if sv48 else None for _ in roots]
    windows = [Window(rng, i, root, tops[i], code) for i, root in enumerate(roots)]
    chunks = []
    for _ in range(12):
        window = rng.choice(windows)
        shape = rng.randrange(10)
        if shape < 6 or user:
            chunks.append(paged_access(rng, window, user))
        else:
            change = rng.choice([new_entry, rights_change, user_visit, unpaged_access])
            chunks.append(change(rng, window))
    ptes = {place: value for window in windows for place, value in window.ptes.items()}
    if sv48:
        ptes.setdefault(ROOT_48, pte(ROOT, V))
    sstatus = rng.choice([0, SUM]) | rng.choice([0, MXR]) | rng.choice([0, FS])
    return Case("paging", chunks, registers(rng), user, SV48 if sv48 else SV39, sstatus, ptes)
