# SPDX-License-Identifier: MIT
"""What differs between compilers, and versions of gdb, in the output that documents show."""

import re

from conftest import ROOT

RUNTIME = "|".join(sorted({re.escape(path.name) for top in ("guest-rt", "abi") for path in (ROOT / top).rglob("*.[chS]")}))


def in_order(match):
    """gcc 12 lists the arguments of a function that it has not inlined from the last to the first."""
    return "(" + ", ".join(sorted(re.split(r", (?=\w+=)", match[1]))) + ") at "


def of_any_compiler(text):
    """Removes the order of a function's arguments, where in the runtime an instruction lies, the instruction of a
    death, and the bytes of an address that gdb shows as a text."""
    text = re.sub(r"(?<=^  the instruction: ).*", "I", text, flags=re.M)
    text = re.sub(r'"(?:\\\d{3}|[^"\\\n])*\\\d{3}"', '"N"', text)
    text = re.sub(r"\n +at ", " at ", text)
    text = re.sub(r"\b(\w+)=\1@entry=", r"\1=", text)
    text = re.sub(r"\((\w+=.*?)\) at ", in_order, text)
    text = re.sub(rf" at (\S*(?:{RUNTIME})):\d+(\n\d+\t)?", lambda m: f" at {m[1]}:N" + ("\nN\t" if m[2] else ""), text)
    text = re.sub(rf"\((?:{RUNTIME}):\d+\)", "(the runtime)", text)
    return re.sub(r"<(\w+)\+\d+>", r"<\1+N>", text)
