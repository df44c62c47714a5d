# SPDX-License-Identifier: MIT
"""Answers as people write them: the encodings of a file, and the one normal form of each answer.

Two answers are the same if their normal forms are. An answer without one is not understood.
"""

import functools
import pathlib
import re
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

REGISTERS = ("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6").split()
UNITS = {"": 1, **dict.fromkeys(("byte", "bytes", "exits", "instructions", "ticks", "times", "us"), 1)}
UNITS |= {f"{letter}ib": 1 << shift for letter, shift in zip("kmg", (10, 20, 30))}
YES_NO = {"y": "yes", "true": "yes", "n": "no", "false": "no"}


@functools.cache
def names_for_numbers():
    """Returns the names that the contract and the VMM's statuses have for numbers, in lower case."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("abi/sbi.h", "vmm/core/status.h", "abi/calls.def")]
    found = re.findall(r"\b(?:SBI|STATUS)_(\w+)\s+\(?=? ?(-?\d+)\b", "\n".join(texts[:2]))
    names = {name.lower(): int(number) for name, number in found}
    names |= {f"eid_{name.lower()}": int(number, 0) for name, number in re.findall(r"^EXT\((\w+), (\w+)", texts[2], re.M)}
    short = {name.partition("_")[2]: number for name, number in names.items() if name.startswith(("err_", "eid_"))}
    return {**short, **names}


def number(text):
    """Returns a number in decimal digits. 64 bits with the highest one set are a negative number."""
    name = re.sub(r"^(sbi|status)_", "", re.sub(r"[ -]", "_", text))
    if name in names_for_numbers():
        return str(names_for_numbers()[name])
    found = re.fullmatch(r"([+-]?)(?:0x([0-9a-f_]+)|0b([01_]+)|([0-9][0-9_]*)) ?([a-z]*)", text)
    if not found or found[5] not in UNITS:
        return None
    digits, base = next((found[group], base) for group, base in ((2, 16), (3, 2), (4, 10)) if found[group])
    digits = digits.replace("_", "")
    if not 0 < len(digits) <= 64:
        return None
    value = int(digits, base) * UNITS[found[5]] * (-1 if found[1] == "-" else 1)
    return str(value - 2**64 if 2**63 <= value < 2**64 else value)


def register(text):
    """Returns a register of RISC-V by its number, x0 to x31."""
    text = text.removeprefix("register ").lstrip("$%").strip()
    found = re.fullmatch(r"x0*([0-9]{1,2})", text)
    if found:
        return f"x{found[1]}" if int(found[1]) < 32 else None
    text = "s0" if text == "fp" else text
    return f"x{REGISTERS.index(text)}" if text in REGISTERS else None


def name(text):
    """Returns the last part of a name: of a function, a call, a flag, a field."""
    text = text.rstrip("; ")
    text = text.partition("(")[0] if text.endswith(")") else text
    *outer, last = (part.strip() for part in re.split(r"->|[.:]", text))
    return last if re.fullmatch(r"\w+", last) and not any(" " in part for part in outer) else None


def choice(*words):
    def normal(text):
        text = YES_NO.get(text, text) if "yes" in words else text
        return text if text in words else None

    normal.__doc__ = " or ".join(words)
    return normal


# What a form is called in words, for somebody whose answer has not been understood.
IN_WORDS = {number: "a number, such as 12, -2 or 0xc", register: "a register, such as a0 or x10", name: "one name"}


def in_words(form):
    return IN_WORDS.get(form) or form.__doc__


def normal(form, text):
    """Returns an answer's normal form, or None if the answer is not understood."""
    text = unicodedata.normalize("NFKC", text).replace("\u2212", "-").casefold()
    return form(" ".join(text.strip(" \t`'\"").split()))


# ---- Files ----


def decoded(data):
    """Returns the text of a file, and the name of its encoding if that is not UTF-8."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), "UTF-16" if encoding == "utf-16" else ""
    for even, encoding in ((0, "utf-16-be"), (1, "utf-16-le")):
        if len(data) > 3 and data[even::2].count(0) > len(data) // 4:
            return data.decode(encoding, errors="replace"), "UTF-16"
    for encoding, shown in (("utf-8", ""), ("cp949", "CP949")):
        try:
            return data.decode(encoding), shown
        except UnicodeDecodeError:
            continue
    return data.decode(errors="replace"), "an unknown encoding"


def read_answers(text):
    """Reads the lines name=value; a # begins a comment."""
    lines = (unicodedata.normalize("NFC", line.replace("\uff1d", "=")).split("#")[0].partition("=") for line in text.splitlines())
    return {key.strip(" \t\ufeff").casefold(): value.strip() for key, equals, value in lines if equals}
