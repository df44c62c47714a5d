# SPDX-License-Identifier: MIT
"""
The figures of the page's VMM under Node: its speed beside the program's with the same guest, what going to a moment of
a long run takes, and its size.
"""

import gzip
import json
import os
import shutil
import subprocess

from measure import BUILD, LABVISOR, ROOT, add_figure, ratios, times_each

WASM = BUILD / "page/vmm.wasm"
GUEST = BUILD / "guests/riscv64/bench/integer.elf"
FEW, MANY = 500, 4000  # rounds of the guest
LONG = 6800  # rounds: a billion instructions

# The targets (docs/page.md).
TARGETS = {
    "page_vs_program": (">=", 0.36),
    "page_click_ms": ("<=", 100),
    "page_vmm_kb": ("<=", 96),
}


def why_not():
    """Why this cannot be measured here, or None."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not WASM.exists():
        return "make web has not built it"
    return None if GUEST.exists() else "no RISC-V guests were built: no compiler for them"


def node(*words):
    return ["node", str(ROOT / "bench/page.mjs"), *words]


def measure(quick):
    commands = [lambda n: [LABVISOR, str(GUEST), n], lambda n: node(str(WASM), str(GUEST), n)]
    speeds = ratios(*times_each(2 if quick else 7, FEW, MANY, commands, tries=1))
    add_figure("page_vs_program", speeds, "", "speed under Node, to the program's: integer load")
    clicks = node("--clicks", str(WASM), str(GUEST), str(LONG))
    result = subprocess.run(clicks, capture_output=True, text=True, check=True, env=os.environ)
    add_figure("page_click_ms", json.loads(result.stdout), "ms", "going to a moment of a run of a billion instructions")
    add_figure("page_vmm_kb", [len(gzip.compress(WASM.read_bytes(), 9)) / 1000], "kB", "the VMM in the page, gzipped")
