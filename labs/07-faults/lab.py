# SPDX-License-Identifier: MIT
"""Lab 7: what is graded."""

import memory
from checks import Answer, Lab, Run
from hints import Hint

HERE = "labs/07-faults"
DIED = 116
WILD = "the region is there\n"  # what it says before it dies
GIB = 1 << 30
OLD_WORD = 0xA5A5A5A5  # in a page that is not cleared: guest/shared/pages.c

VMEM, PAGING = f"{HERE}/guest/shared/vmem.c", "vmm/core/paging.c: paging_show"
CLEARED = "a page has old data: it has to be cleared"


REGION, PAGES = 0x2000000000, 1000
CODE, CODE_PAGES = 0x80200000, 2  # every guest has as much code


def maps(written, read=()):
    """The region at the end: each written page has memory of its own, with this text; the others that were read
    share a page of zeros, read-only."""

    def is_right(ram, satp):
        entries = {page: ram.leaf(satp, REGION + page * memory.PAGE) for page in range(PAGES)}
        entries = {page: entry for page, entry in entries.items() if entry}
        own = {memory.frame(entries.get(page, 0)) for page in written}
        others = {memory.frame(entry) for page, entry in entries.items() if page not in written}
        return (
            entries.keys() == {*written, *read}
            and len(own) == len(written)
            and len(others) == bool({*read} - {*written})
            and not own & others
            and all(bool(entry & memory.PTE_WRITE) == (page in written) for page, entry in entries.items())
            and all(ram.read(memory.frame(entry), memory.PAGE) == written.get(page, b"").ljust(memory.PAGE, b"\0") for page, entry in entries.items())
        )

    return is_right


def demand(rng):
    read = rng.sample(range(1, 1000), READS)
    written = rng.sample(range(1, 1000), WRITES)
    first = len(set(read) | set(written))
    return {
        "args": (*map(str, read), "w", *map(str, written)),
        "effects": maps({0: b"\1"} | {page: bytes([len(read) + 2 + i]) for i, page in enumerate(written)}, read),
        "stdout": f"{first + len(written)} faults, {tables(read + written) + len(written)} pages, 0 wrong\n",
    }


def tables(pages):
    """Returns the tables of the last level, without the one for page 0."""
    return len({page // 512 for page in pages} - {0})


def write_first(rng):
    pages = rng.sample(range(1000), 25)
    return {
        "args": tuple(map(str, pages)),
        "stdout": f"25 faults, sum {sum(range(1, 26))}\n",
        "effects": maps({page: bytes(4 * i) + bytes([i]) for i, page in enumerate(pages, 1)}),
    }


def remap(rng):
    times = rng.randrange(10, 50)
    return {"args": (str(times),), "stdout": f"{times} of {times}\n", "effects": maps({3: bytes([times - 1]) * memory.PAGE})}


def far(rng):
    gib = rng.randrange(8, 127)
    address = gib * GIB + rng.randrange(GIB)
    return {
        "args": ("far", str(address)),
        "stderr": (f"the page walk for {address:#x}", f"level 2 [{gib:3}] = 0000000000000000  not valid", "likely: "),
    }


def after(rng):
    """A store in one of the 24 pages that end the last table after the region."""
    number = rng.randrange(24 * memory.PAGE)
    return {
        "args": ("after", str(number)),
        "stderr": (
            f"the page walk for {REGION + PAGES * memory.PAGE + number:#x}",
            "level 2 [128] = *1  table 0x* ---",
            "level 1 [  1] = *1  table 0x* ---",
            f"level 0 [{488 + number // memory.PAGE}] = 0000000000000000  not valid",
            "likely: ",
        ),
    }


def code(rng):
    number = rng.randrange(CODE_PAGES * memory.PAGE)
    page = number // memory.PAGE
    return {
        "args": ("code", str(number)),
        "stderr": (
            f"the page walk for {CODE + number:#x}",
            "level 2 [  2] = *  table",
            "level 1 [  1] = *  table",
            f"level 0 [{page:3}] = *  page {CODE + page * memory.PAGE:#x} r-x",
            "likely: a write to code",
        ),
    }


WALKED = (
    Hint(
        "a fault outside the region is a mistake: region_fault returns false",
        f"{VMEM}: region_fault",
        "the end",
        "status 116",
        ("status 0", "status 1"),
    ),
    Hint("the walk ends at a leaf or at an entry that is not valid", PAGING, "the VMM's words", "likely: ", ("*level # [*", "table 0x*")),
    Hint(
        "level 2 has the highest 9 bits of the address, and level 0 the lowest",
        f"{PAGING}, the index",
        "the VMM's words",
        "level 2 [128] = *",
        "*level 2 [#] = *",
        lambda index: index >= 488,
    ),
)
DEMAND = "# faults, # pages, 0 wrong"
READS, WRITES = 20, 15

LAB = Lab(
    number=7,
    title="Faults and page tables",
    hours=6,
    files=("vmm/core/paging.c", f"{HERE}/guest/shared/vmem.c", f"{HERE}/answers.txt"),
    checks=(
        Run(
            "write_first",
            15,
            "write_first",
            case=write_first,
            starter_vmm=True,
            hints=(
                Hint(
                    CLEARED,
                    f"{VMEM}: region_fault, at a store",
                    "line 1",
                    "# faults, sum #",
                    "# faults, sum #",
                    lambda faults, total, have, old: have == faults and old == total + faults * (2 * OLD_WORD % 2**32),
                ),
            ),
        ),
        Run(
            "demand",
            20,
            "demand",
            case=demand,
            starter_vmm=True,
            max_insns=5_000_000,
            hints=(
                Hint(
                    "all share the zero page: it stays read-only, and a page that is written is cleared first",
                    f"{VMEM}: region_fault, at a load",
                    "line 1",
                    DEMAND,
                    "# faults, # pages, # wrong",
                    lambda faults, pages, f, p, wrong: (f, p) == (faults - WRITES, pages - WRITES) and wrong > 0,
                ),
                Hint(
                    "a page that is read is the zero page; only a page that is written gets its own memory",
                    f"{VMEM}: region_fault, at a load",
                    "line 1",
                    DEMAND,
                    DEMAND,
                    lambda faults, pages, f, p: f == faults - WRITES and p > pages,
                ),
                Hint(
                    CLEARED,
                    f"{VMEM}: region_fault, at a store",
                    "line 1",
                    DEMAND,
                    "# faults, # pages, # wrong",
                    lambda faults, pages, f, p, wrong: (f, p, wrong) == (faults, pages, WRITES),
                ),
            ),
        ),
        Run(
            "remap",
            10,
            "remap",
            case=remap,
            starter_vmm=True,
            hints=(
                Hint(
                    "the TLB uses the old entry until sfence.vma",
                    f"{VMEM}: map_page",
                    "line 1",
                    "# of #",
                    "1 of #",
                    lambda right, times, have: have == times,
                ),
            ),
        ),
        Run(
            "far",
            10,
            "wild",
            status=DIED,
            said=WILD,
            case=far,
            hints=WALKED,
        ),
        Run(
            "after",
            15,
            "wild",
            status=DIED,
            said=WILD,
            case=after,
            hints=WALKED,
        ),
        Run(
            "code",
            10,
            "wild",
            status=DIED,
            said=WILD,
            case=code,
            hints=WALKED,
        ),
        Answer("store_fault", 5, "privileged specification, table 4.2; vmm/isa/riscv/show.c has it, too", sealed="12b7fe3b8cdf4742"),
        Answer("table_bytes", 5, "512 entries of 8 bytes", sealed="0bc3afa7360d7bf2"),
        Answer("middle_leaf_bytes", 5, "512 pages", sealed="2c37554f481312a4"),
        Answer("tables_made", 5, "the root exists; the tables below it do not", sealed="41741d1fde586f54"),
    ),
)
