# SPDX-License-Identifier: MIT
"""ops.def: docs/instructions.md is made from it, and its texts are those of objdump."""

import random
import re
import shutil
import struct
import subprocess

import pytest
from conftest import ROOT

TOOL = ROOT / "build/instructions"
PAGE = ROOT / "docs/instructions.md"
OBJDUMPS = ["riscv64-linux-gnu-objdump", "riscv64-unknown-elf-objdump"]
LINE = re.compile(r"^ *([0-9a-f]+):\t([0-9a-f]+)\s+(.*)$", re.M)


def objdump():
    found = [name for name in OBJDUMPS if shutil.which(name)]
    if not found:
        pytest.skip("no objdump for RISC-V is installed")
    return found[0]


def listed(*words):
    """Returns what objdump lists: (pc, bits, text without symbols and remarks)."""
    output = subprocess.run([objdump(), "-z", "-M", "no-aliases", *map(str, words)], capture_output=True, text=True)
    assert output.returncode == 0, output.stderr
    lines = LINE.findall(output.stdout)
    return [(int(pc, 16), int(bits, 16), normalised(text)) for pc, bits, text in lines]


def normalised(text):
    """Removes symbols and remarks. Where there are symbols, objdump leaves out the 0x of a target."""
    text = re.sub(r"\s*[#<].*", "", text).replace("\t", " ").strip()
    return re.sub(r"^((c\.)?(?:b\w+|j|jal) (.*,)?)([0-9a-f]+)$", r"\g<1>0x\4", text)


def written(instructions):
    """Returns our texts of the same."""
    lines = "".join(f"{pc:x} {bits:x}\n" for pc, bits, _ in instructions)
    result = subprocess.run([TOOL, "text"], input=lines, capture_output=True, text=True, check=True)
    return result.stdout.replace(", ", ",").splitlines()


EXACT = ("fcvt.d.w", "fcvt.d.wu", "fcvt.d.s")  # conversions that never round
NOT_OURS = r"[um]ret|dret|sfence\.vm|c\.unimp|c\.addi16sp sp,0$"  # of other modes and older specs; reserved


def same(bits, theirs, ours):
    """Returns whether two texts are the same but for what objdump does otherwise."""
    name = ours.partition(" ")[0]
    if theirs.startswith("."):  # unknown to objdump, which requires ignored fields to be 0
        return name in ("illegal", "fence", "fence.i", *EXACT)
    if name == "illegal":
        return re.match(NOT_OURS, theirs) is not None
    if name.startswith("csr") and f",{bits >> 20:#x}," in ours:  # objdump knows more names
        theirs = re.sub(r",\w+,", f",{bits >> 20:#x},", theirs)
    if name in EXACT:
        ours = ours.removesuffix(",rne")
    if name == "fence":
        theirs = theirs.replace("unknown", "0")
    # A rounding mode that is illegal when it executes; in RV128 a shift by 0 would be one by 64.
    theirs = theirs.replace("unknown", str(bits >> 12 & 7))
    return re.sub(r"64 (\w+)$", r" \1,0x0", theirs) == ours


def differences(instructions):
    texts = written(instructions)
    assert len(texts) == len(instructions)
    pairs = zip(instructions, texts)
    return [f"{bits:#x}: {theirs} | {ours}" for (_, bits, theirs), ours in pairs if not same(bits, theirs, ours)]


def test_as_objdump_in_guests():
    """Every instruction in the code of every guest; objdump shows data with a directive."""
    guests = sorted((ROOT / "build/guests/riscv64").rglob("*.elf"))
    if not guests:
        pytest.skip("no RISC-V guests were built")
    instructions = {line for guest in guests for line in listed("-d", guest) if line[2][0] != "."}
    assert len(instructions) > 10000
    assert differences(sorted(instructions)) == []


def rows():
    """Returns the mnemonics and encodings of the page; x is any bit."""
    found = re.findall(r"^\| `([\w.]+).*?` \| \w+ \| `([01x ]+)` ", PAGE.read_text(), re.M)
    return [(name, encoding.replace(" ", "")) for name, encoding in found]


def random_words(rng, count):
    """Words that are instructions of four bytes, and as many that differ from one in a bit."""
    encodings = [encoding for _, encoding in rows() if len(encoding) == 32]
    for _ in range(count // 2):
        word = int(re.sub("x", lambda _: rng.choice("01"), rng.choice(encodings)), 2)
        yield from (word, word ^ 1 << rng.randrange(5, 32))  # bits 4 to 2 set: a longer one


def test_as_objdump_at_random(tmp_path):
    """Every instruction of two bytes, and random ones of four."""
    halves = struct.pack("<49152H", *(half for half in range(65536) if half & 3 != 3))
    words = struct.pack("<40000I", *random_words(random.Random(1), 40000))
    (tmp_path / "code").write_bytes(words + halves)
    instructions = listed("-D", "-b", "binary", "-m", "riscv:rv64", tmp_path / "code")
    assert len(instructions) == 49152 + 40000
    assert differences(instructions) == []
    names = {re.sub(r"\.(aq|rl|aqrl)$", "", text.split()[0]) for text in written(instructions)}
    assert names == {name for name, _ in rows()} - {"reserved"} | {"illegal"}


def test_the_page_is_current():
    made = subprocess.run([TOOL], capture_output=True, text=True, check=True).stdout
    assert PAGE.read_text() == made, "make instructions writes it again"
