#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Tests the soft back end against QEMU: generated programs must print the same on both.

tests/differential.py --seed N --cases N [--kind KIND] [--labvisor PATH]

A program holds many short cases. differential.s runs them one by one, and prints for each a hash of
the registers, the memory, the page tables and the traps after it. If a case differs, this makes it
shorter, and saves it as a program with both results.
"""

import argparse
import dataclasses
import functools
import itertools
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import differential_cases as cases
import differential_float as floats
import differential_privileged as privileged

TESTS = pathlib.Path(__file__).resolve().parent
QEMU = "qemu-system-riscv64"
# What newer versions of QEMU's default CPU have; the soft back end is RV64GC with S- and U-mode.
EXTENSIONS = "v h zba zbb zbc zbs zfa".split()
# With one CPU its AMOs are a load and a store, which raise the faults of a load.
MACHINE = ["-machine", "virt", "-smp", "2", "-m", "128M", "-nographic", "-no-reboot"]
COMPILERS = [
    ["riscv64-linux-gnu-gcc", "-march=rv64imafdc_zicsr_zifencei"],
    ["riscv64-unknown-elf-gcc", "-march=rv64imafdc_zicsr_zifencei"],
    ["clang", "--target=riscv64", "-march=rv64gc", "-fuse-ld=lld"],
]
LINK = "-Wl,-N,--no-relax,--build-id=none,-Ttext=0x80200000"
OPTIONS = ["-mabi=lp64", "-nostdlib", "-static", LINK]
BEGIN = b"!\n"
# OpenSBI 1.6 puts this into the console at an illegal access to a CSR.
REMARK = b"system_opcode_insn: Invalid opcode for CSR read/write instruction"
TIMEOUT = 20  # seconds

KINDS = {
    cases.arithmetic: 4,
    cases.compressed: 3,
    cases.memory: 3,
    cases.atomic: 3,
    cases.branch: 3,
    cases.straddling: 1,
    cases.illegal: 2,
    cases.self_modifying: 1,
    privileged.csrs: 2,
    privileged.modes: 3,
    privileged.paging: 6,
    floats.floats: 8,
}


def compiler():
    """Returns the first of COMPILERS that is installed, with its linker."""
    for command in COMPILERS:
        if shutil.which(command[0]) and (command[0] != "clang" or shutil.which("ld.lld")):
            return command
    return None


def why_not():
    """Returns the reason why this cannot run here, or None."""
    if not shutil.which(QEMU):
        return f"{QEMU} is not installed"
    if not compiler():
        return "no compiler for RISC-V is installed"
    return None


@functools.cache
def cpu():
    """Returns QEMU's CPU without the EXTENSIONS that this version knows."""
    words = [f"{name}=false" for name in EXTENSIONS]
    with tempfile.TemporaryDirectory() as folder:  # QEMU replaces the file, even a device
        describe = [QEMU, "-machine", f"virt,dumpdtb={folder}/dtb", "-cpu"]
        known = [w for w in words if not subprocess.run([*describe, f"rv64,{w}"], capture_output=True).returncode]
    return ",".join(["rv64", *known])


def generate(seed, count, kinds=KINDS):
    made = []
    for number in range(count):
        rng = random.Random(f"{seed}.{number}")
        case = rng.choices(list(kinds), list(kinds.values()))[0](rng)
        if rng.random() < 0.15:  # across the end of a page
            case.page_end = rng.randrange(2, 62, 2)
        made.append(case)
    return made


def describe(case, number):
    """The descriptor of a case; differential.s has its layout."""
    distance = cases.USER_ALIAS if case.user and case.satp else 0
    sstatus = case.sstatus | (0 if case.user else cases.SPP)
    code, end = f"case_{number}", f"end_{number}"
    words = [code, f"{code} + {distance}", f"{end} - {code}", case.satp, sstatus, "2f - 1b"]
    words += case.registers
    words += [word for place_and_value in case.ptes.items() for word in place_and_value] + [0]
    return f"1:  .quad {', '.join(map(str, words))}\n2:\n"


def assemble(made, verbose=False):
    """The text of the program."""
    names = "FS ARENA ROOT FRAME RAM_1G PTE_CODE PTE_CODE_U".split()
    text = [f"    .equ {name}, {getattr(cases, name):#x}\n" for name in names]
    text.append(f"    .equ VERBOSE, {int(verbose)}\n")
    text.append((TESTS / "differential.s").read_text())
    descriptors = []
    for number, case in enumerate(made):
        if case.page_end:
            # With 0 to fill, clang would take nops, of which it cannot make so many.
            text.append(f"    .balign 4096, 1\n    .skip 4096 - {case.page_end}\n")
        body = "\n".join(case.chunks)
        text.append(f"case_{number}:\n{body}\nend_{number}: ebreak\n    .balign 4\n")
        descriptors.append(describe(case, number))
    return "".join(text) + "    .balign 8\ncases:\n" + "".join(descriptors) + "    .quad 0\n"


def build(text, folder):
    source, image = folder / "program.s", folder / "program.elf"
    source.write_text(text)
    command = [*compiler(), *OPTIONS, "-o", image, source]
    result = subprocess.run(command, capture_output=True, timeout=TIMEOUT)
    if result.returncode:
        raise RuntimeError(result.stderr.decode())
    return image


def output(command):
    """Returns the lines printed after BEGIN, and the reason if the program did not end by itself."""
    try:
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT
        )
        printed, end = result.stdout, result.stderr.decode() if result.returncode else ""
    except subprocess.TimeoutExpired as expired:
        printed, end = expired.stdout or b"", "it did not end"
    lines = printed.replace(b"\r", b"").replace(REMARK, b"").partition(BEGIN)[2].decode(errors="replace").split("\n")
    return lines[:-1], end


def on_qemu(image):
    return output([QEMU, *MACHINE, "-cpu", cpu(), "-kernel", image])


def on_soft(labvisor, image):
    return output([labvisor, "--backend=soft", "-m", "128", image])


class Pair:
    """Both sides, and a folder for their programs."""

    def __init__(self, labvisor, folder):
        self.labvisor, self.folder = labvisor, folder

    def run(self, made, verbose=False):
        image = build(assemble(made, verbose), self.folder)
        return on_qemu(image), on_soft(self.labvisor, image)

    def differ(self, case):
        qemu, soft = self.run([case])
        return qemu != soft

    def shortened(self, case):
        """Returns the case without the chunks that the difference does not need."""
        for number in reversed(range(len(case.chunks))):
            chunks = case.chunks[:number] + case.chunks[number + 1 :]
            shorter = dataclasses.replace(case, chunks=chunks)
            if self.differ(shorter):
                case = shorter
        return case


def named(lines, case):
    """Names the values that a verbose program printed; differential.s has the order."""
    names = ["sstatus", *(f"x{r}" for r in range(1, 32) if r != cases.TP)]
    names += [f"memory {a:#x}" for a in cases.scratch_addresses()]
    names += [f"pte {a:#x}" for a in case.ptes]
    names += ["fcsr", *(f"f{r}" for r in range(32))] * bool(case.sstatus & cases.FS) + ["hash"]
    traps = max(len(lines) - len(names), 0)
    fields = ["scause * 2 + vectored", "stval", "sepc - start", "sstatus"]
    return dict(zip([f"trap {n // 4}: {fields[n % 4]}" for n in range(traps)] + names, lines))


def explain(case, qemu, soft):
    """Returns a comment for the head of a program: the results of both sides."""
    (qemu_lines, qemu_end), (soft_lines, soft_end) = qemu, soft
    text = [f"kind {case.kind}, {'U' if case.user else 'S'}-mode, satp {case.satp:#x}"]
    text += [f"QEMU: {qemu_end}"] * bool(qemu_end) + [f"soft: {soft_end}"] * bool(soft_end)
    left, right = named(qemu_lines, case), named(soft_lines, case)
    for name in max(left, right, key=len):
        there, here = left.get(name, "-"), right.get(name, "-")
        if there != here or name.startswith("trap"):
            mark = "   " if there == here else "***"
            text.append(f"{mark} {name:29} QEMU {there:16}  soft {here}")
    text += [f"pte {place:#x} was {value:#x}" for place, value in case.ptes.items()]
    return "".join(f"# {line}\n" for line in "\n".join(text).splitlines()) + program_text(case)


def program_text(case):
    return "".join(f"#     {line}\n" for line in "\n".join(case.chunks).splitlines())


def report(pair, made, number, seed, folder):
    """Saves a case that differs. Returns the name of the file."""
    saved = folder / f"differential-{seed}-{number}.s"
    case = made[number]
    if pair.differ(case):
        case = pair.shortened(case)
        qemu, soft = pair.run([case], verbose=True)
        saved.write_text(explain(case, qemu, soft) + assemble([case], verbose=True))
    else:
        saved.write_text(f"# case {number} differs only behind the others\n" + assemble(made))
    return saved


def compare(seed, count, labvisor, folder, kinds=KINDS, reports=3):
    """Returns the differences as text, each with the name of a file; nothing if there are none."""
    made = generate(seed, count, kinds)
    with tempfile.TemporaryDirectory() as temporary:
        pair = Pair(labvisor, pathlib.Path(temporary))
        (qemu, qemu_end), (soft, soft_end) = pair.run(made)
        if not qemu_end and len(qemu) == count and (qemu, qemu_end) == (soft, soft_end):
            return []
        wrong = [n for n, (a, b) in enumerate(itertools.zip_longest(qemu, soft)) if a != b]
        text = [f"seed {seed}: {len(wrong)} of {count} cases differ, {len(qemu)} ran under QEMU"]
        text += [f"{name}: {end}" for name, end in (("QEMU", qemu_end), ("soft", soft_end)) if end]
        for number in wrong[:reports]:
            if number < count:
                saved = report(pair, made, number, seed, folder)
                text.append(f"case {number} ({made[number].kind}): see {saved}")
        return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--kind", action="append", choices=[k.__name__ for k in KINDS])
    parser.add_argument("--labvisor", default=TESTS.parent / "build" / "labvisor")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("."))
    options = parser.parse_args()
    reason = why_not()
    if reason:
        sys.exit(reason)
    kinds = {k: w for k, w in KINDS.items() if not options.kind or k.__name__ in options.kind}
    differences = compare(options.seed, options.cases, options.labvisor, options.folder, kinds)
    print("\n".join(differences) or f"seed {options.seed}: {options.cases} cases, no difference")
    sys.exit(bool(differences))


if __name__ == "__main__":
    main()
