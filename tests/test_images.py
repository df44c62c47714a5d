# SPDX-License-Identifier: MIT
"""Damaged guest images: labvisor refuses each in one line, with its name."""

import random
import struct
import subprocess

import pytest

from conftest import DIED, IMAGE, guest, needs_kvm, run, why_no_riscv

BASE = 0x100000
HALT = b"\xf4" * 16
R, W, X = 4, 2, 1
LOAD, DYNAMIC, INTERP, NOTE = 1, 2, 3, 4


def segment(address=BASE, data=HALT, flags=R | X, size=None, kind=LOAD, virtual=None, offset=None):
    return dict(
        address=address,
        data=data,
        flags=flags,
        size=len(data) if size is None else size,
        kind=kind,
        virtual=address if virtual is None else virtual,
        offset=offset,
    )


def elf(*segments, machine=62, kind=2, klass=2, order=1, entry=BASE, phentsize=None, phnum=None, phoff=None):
    """Makes an ELF file, valid unless the arguments say otherwise; of 64 bits, with klass=1 of 32."""
    ehsize, entsize, word = (64, 56, "Q") if klass == 2 else (52, 32, "I")
    ident = b"\x7fELF" + bytes([klass, order, 1]) + bytes(9)
    count = len(segments) if phnum is None else phnum
    header = ident + struct.pack(
        f"<HHI{word}{word}{word}IHHHHHH", kind, machine, 1, entry, ehsize if phoff is None else phoff, 0,
        0, ehsize, entsize if phentsize is None else phentsize, count, ehsize, 0, 0,
    )
    at, table, data = ehsize + entsize * len(segments), b"", b""
    for s in segments:
        offset = at + len(data) if s["offset"] is None else s["offset"]
        places = (offset, s["virtual"], s["address"], s.get("filesz", len(s["data"])), s["size"])
        if klass == 2:
            table += struct.pack("<IIQQQQQQ", s["kind"], s["flags"], *places, 4096)
        else:
            table += struct.pack("<IIIIIIII", s["kind"], *places, s["flags"], 4096)
        data += s["data"]
    return header + table + data


def file_size(s, size):
    return {**s, "filesz": size}


def note(version):
    return struct.pack("<III", 9, 4, 1) + b"Labvisor\0\0\0\0" + struct.pack("<I", version)


GOOD = elf(segment())
TOP = 1 << 64

BAD = {
    "empty": (b"", "the file is empty"),
    "text": (b"#!/bin/sh\necho no\n", "not an ELF file"),
    "one-byte": (b"\x7f", "not an ELF file"),
    "header-cut": (GOOD[:40], "not an ELF file"),
    "table-cut": (GOOD[:100], "no usable program headers"),
    "data-cut": (GOOD[:-1], "ends after the end of the file: is it truncated?"),
    "riscv-64-big": (elf(segment(), order=2), "big-endian"),
    "i386-64": (elf(segment(), machine=3), "built for i386, 64 bits"),
    "x32": (elf(segment(), klass=1), "built for x86-64, 32 bits"),
    "riscv-32": (elf(segment(), machine=243, klass=1), "built for RISC-V, 32 bits"),
    "i386-cut": (elf(segment(), machine=3, klass=1)[:60], "no usable program headers"),
    "i386-phoff": (elf(segment(), machine=3, klass=1, phoff=(1 << 32) - 8), "no usable program headers"),
    "i386-phentsize": (elf(segment(), machine=3, klass=1, phentsize=56), "no usable program headers"),
    "i386-offset": (elf(segment(offset=(1 << 32) - 4), machine=3, klass=1), "ends after the end of the file"),
    "i386-shared": (elf(segment(), machine=3, klass=1, kind=3), "position-independent"),
    "i386-entry": (elf(segment(), machine=3, klass=1, entry=0), "is not in an executable segment"),
    "aarch64": (elf(segment(), machine=183), "built for AArch64"),
    "other": (elf(segment(), machine=4711), "built for another machine"),
    "shared": (elf(segment(), kind=3), "position-independent"),
    "object": (elf(segment(), kind=1), "not an executable"),
    "core": (elf(segment(), kind=4), "not an executable"),
    "no-segments": (elf(), "no program headers"),
    "phentsize": (elf(segment(), phentsize=32), "no usable program headers"),
    "phnum-0": (elf(segment(), phnum=0), "no program headers"),
    "phnum-big": (elf(segment(), phnum=65535), "65535 program headers"),
    "phoff": (elf(segment(), phoff=TOP - 8), "no usable program headers"),
    "interp": (elf(segment(), segment(kind=INTERP)), "dynamically linked"),
    "dynamic": (elf(segment(), segment(kind=DYNAMIC)), "dynamically linked"),
    "file-larger": (elf(segment(size=4)), "larger in the file than in memory"),
    "offset": (elf(segment(offset=TOP - 4)), "ends after the end of the file"),
    "offset-past": (elf(segment(offset=4096)), "ends after the end of the file"),
    "size-wraps": (elf(segment(size=TOP - BASE)), "wraps around"),
    "address-wraps": (elf(segment(), segment(TOP - 8)), "wraps around"),
    "not-identity": (elf(segment(virtual=BASE * 2)), "these must be equal"),
    "overlap": (elf(segment(), segment(BASE + 15)), "overlap"),
    "overlap-same": (elf(segment(), segment()), "overlap"),
    "overlap-around": (elf(segment(BASE + 4096), segment(size=1 << 20)), "overlap"),
    "entry-outside": (elf(segment(), entry=BASE + 4096), "is not in an executable segment"),
    "entry-below": (elf(segment(), entry=0), "is not in an executable segment"),
    "entry-data": (elf(segment(flags=R | W)), "is not in an executable segment"),
    "entry-bss": (elf(segment(size=64), entry=BASE + 16), "is not in an executable segment"),
    "abi-2": (elf(segment(), segment(kind=NOTE, data=note(0x20000))), "ABI version 2.0, but this labvisor has 1.2: build it again"),
    "abi-9-after": (
        elf(segment(), segment(kind=NOTE, data=struct.pack("<III", 4, 5, 6) + b"Xen\0five.\0\0\0" + note(0x90000))),
        "ABI version 9.0",
    ),
    "entry-odd": (elf(segment(), machine=243, entry=BASE + 1), "is odd, and code begins at even addresses"),
    "abi-1.9": (elf(segment(), segment(kind=NOTE, data=note(0x10009))), "ABI version 1.9"),
}

# Errors that depend on the machine: its memory, its page tables.
BAD_HERE = {
    "below": (elf(segment(0x1000), entry=0x1000), "guests are linked at 0x100000 or above"),
    "beyond": (elf(segment(), segment(1 << 32)), "does not fit below"),
    "far-beyond": (elf(segment(), segment(TOP - 4096)), "does not fit below"),
    "in-stack": (elf(segment(), segment((64 << 20) - 4096)), "does not fit below"),
    "in-guard": (elf(segment(), segment((64 << 20) - (256 << 10) - 4096)), "does not fit below"),
    "bss-beyond": (elf(segment(size=64 << 20)), "give the guest more memory with -m"),
    "write-execute": (elf(segment(flags=R | W | X)), "writable and executable"),
    "shared-page": (elf(segment(), segment(BASE + 0x800, flags=R)), "shares a page"),
}


def refuse(tmp_path, image, message):
    path = tmp_path / "bad.elf"
    path.write_bytes(image)
    result = run("--timeout=5", path)
    stderr = result.stderr.decode()
    assert result.returncode == IMAGE, stderr
    assert stderr.startswith(f"labvisor: {path}: ") and stderr.count("\n") == 1, stderr
    assert message in stderr


@pytest.mark.parametrize("name", BAD)
def test_bad_image(name, tmp_path):
    refuse(tmp_path, *BAD[name])


@needs_kvm
@pytest.mark.parametrize("name", BAD_HERE)
def test_image_that_does_not_fit(name, tmp_path):
    refuse(tmp_path, *BAD_HERE[name])


@needs_kvm
def test_the_smallest_good_image(tmp_path):
    """Without the damage of the tests above, the image runs."""
    path = tmp_path / "good.elf"
    path.write_bytes(elf(segment(), segment(kind=NOTE, data=note(0x10000))))
    assert "halted with interrupts off" in run("--timeout=5", path).stderr.decode()
    path.write_bytes(elf(segment(), machine=3, klass=1))
    stderr = run("--timeout=5", path).stderr.decode()
    assert "halted with interrupts off" in stderr and "idt 0+0  gdt 0+0\n" in stderr


def test_names_do_not_talk_to_the_terminal(tmp_path):
    path = tmp_path / "\x1b[31mred\nname"
    path.write_bytes(b"no")
    stderr = run(path).stderr
    assert b"\x1b" not in stderr and stderr.count(b"\n") == 1


@needs_kvm
def test_unreadable(tmp_path):
    fifo = tmp_path / "fifo"
    import os

    os.mkfifo(fifo)
    assert b"not a regular file" in run(fifo, timeout=5).stderr


@needs_kvm
def test_every_truncation_of_a_guest(tmp_path):
    """An image that is cut anywhere is refused; cut after its segments, it runs."""
    whole = guest("hello").read_bytes()
    path = tmp_path / "cut.elf"
    for length in range(0, len(whole), max(1, len(whole) // 200)):
        path.write_bytes(whole[:length])
        result = run("--timeout=5", path)
        assert result.returncode in (0, IMAGE), (length, result.stderr)


@needs_kvm
@pytest.mark.parametrize("dwarf", [2, 3, 4, 5])
def test_lines_of_every_dwarf(dwarf, tmp_path):
    """Their tables differ: from version 5 on the files' names stand in sections of their own. Three files have code."""
    source, image, folder = tmp_path / "start.c", tmp_path / "guest.elf", tmp_path / "inner"
    folder.mkdir()
    (folder / "first.h").write_text("static inline void first(void)\n{\n    __asm__ volatile(\"nop\");\n}\n")
    (folder / "halt_here.h").write_text("static inline void halt(void)\n{\n\n\n    __asm__ volatile(\"cli\\n\\thlt\\n\\tnop\");\n}\n")
    source.write_text('#include "inner/first.h"\n#include "inner/halt_here.h"\nvoid _start(void);\nvoid _start(void)\n{\n    first();\n    halt();\n}\n')
    flags = f"-O1 -g -gdwarf-{dwarf} -ffreestanding -nostdlib -static -fno-pie -no-pie -fcf-protection=none"
    link = "-Wl,--nmagic,-Ttext=0x100000,--build-id=none,-znoexecstack"
    subprocess.run(["cc", *flags.split(), link, "-o", image, source], check=True)
    stderr = run("--timeout=5", image).stderr.decode()
    assert "halted with interrupts off" in stderr and "_start+0x" in stderr and "(halt_here.h:5)" in stderr, stderr


def debug_line(image):
    """Returns where an ELF file's section .debug_line begins and ends."""
    table, = struct.unpack_from("<Q", image, 40)
    count, names = struct.unpack_from("<HH", image, 60)
    sections = [struct.unpack_from("<IIQQQQ", image, table + 64 * i) for i in range(count)]
    for name, _, _, _, offset, size in sections:
        at = sections[names][4] + name
        if image[at : at + 12] == b".debug_line\0":
            return offset, offset + size
    raise AssertionError("no .debug_line")


# A unit of DWARF 4 whose list of directories has no end in its header, and its program no zero.
LINE_HEADER = bytes([1, 1, 1, 0xFB, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]) + b"dir"
LINE_UNIT = struct.pack("<HI", 4, len(LINE_HEADER)) + LINE_HEADER


def dies_soon(path, image):
    path.write_bytes(image)
    result = run(path, timeout=20)
    assert result.returncode == DIED and b"the guest died of a trap" in result.stderr, result.stderr


def test_a_line_table_without_an_end(tmp_path):
    """The words about the death come without lines."""
    if why_no_riscv():
        pytest.skip(why_no_riscv())
    image = bytearray(guest("fault", "riscv64").read_bytes())
    start, end = debug_line(image)
    program = b"\x13" * (end - start - 4 - len(LINE_UNIT))
    image[start:end] = struct.pack("<I", end - start - 4) + LINE_UNIT + program
    dies_soon(tmp_path / "guest.elf", image)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_line_tables(seed, tmp_path):
    """Each is read to its end, or given up."""
    if why_no_riscv():
        pytest.skip(why_no_riscv())
    chance = random.Random(seed)
    image = bytearray(guest("fault", "riscv64").read_bytes())
    start, end = debug_line(image)
    for _ in range(1 << chance.randrange(8)):
        at = start + chance.randrange(min(end - start, 400) if chance.randrange(2) else end - start)
        image[at] = chance.choice((0, 0xFF, chance.randrange(256)))
    dies_soon(tmp_path / "guest.elf", image)
