#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Packs the page (web/) into one HTML file: scripts and styles, the VMM, guests and sources.

    page.py --wasm FILE --output FILE [--recording FILE] ELF...

--recording: what labvisor --record wrote. The page then begins with that run.

The file needs nothing else: it is opened by file://. Its content security policy names the hash of each script
and style, so a guest's bytes cannot become one.
"""

import argparse
import base64
import gzip
import hashlib
import json
import pathlib
import re
import sys

from page_pack import pack

ROOT = pathlib.Path(__file__).resolve().parent.parent
WEB = ROOT / "web"

# What a guest of the page is for, and with what it begins.
GUESTS = {
    "hello": {"about": "one printf: three exits"},
    "clock": {"about": "a timer interrupts a computation, then the guest sleeps"},
    "lost": {"about": "harts lose updates of one counter", "harts": 4, "seed": 3},
    "fault": {"about": "dies of a NULL pointer"},
    "echo": {"about": "repeats what you type"},
    "primes": {"about": "a computation with hardly an exit"},
    "sum": {"about": "harts add numbers, each its part", "harts": 4},
    "labos": {"about": "a small operating system: type help"},
}

SOURCES = ["abi/*.h", "abi/*.def", "abi/riscv64/*.h", "guest-rt/*.[chS]", "guest-rt/riscv64/*.[chS]",
           "guest-rt/generic/*.c", "guest-rt/include/*.h", "guests/labos/*.[ch]", "guests/labos/riscv64/*.[chS]",
           "guests/labos/user/*.[ch]", "guests/labos/programs/*.c", "vmm/services/*.c", "vmm/core/hypercall.c",
           "vmm/core/run.c", "vmm/backends/soft/soft.c"]  # fmt: skip

IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
IMPORTED = re.compile(r"^import [^;]*? from '\./([\w-]+\.js)';$", re.MULTILINE)
EXPORT = re.compile(r"^export (?=const|let|function|async|class)", re.MULTILINE)


def packed(data):
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def bundle(name):
    """Returns a module and those that it imports as one script. Their top-level names differ."""
    order = []

    def visit(file):
        if file in order:
            return
        for other in IMPORTED.findall((WEB / file).read_text(encoding="utf-8")):
            visit(other)
        order.append(file)

    visit(name)
    texts = [EXPORT.sub("", IMPORT.sub("", (WEB / file).read_text(encoding="utf-8"))) for file in order]
    declared = re.findall(r"^(?:const|let|async function|function|class) (\w+)", "\n".join(texts), re.MULTILINE)
    twice = {word for word in declared if declared.count(word) > 1}
    if twice:
        sys.exit(f"page.py: {name}: declared in two modules: {', '.join(sorted(twice))}")
    return "'use strict';\n" + "\n".join(texts)


def line_of(path, pattern):
    """Returns [path, line] of the first line of a file that matches."""
    for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1):
        if re.search(pattern, line):
            return [path, number]
    sys.exit(f"page.py: {path}: no line matches {pattern}")


def stations():
    """Returns where a hypercall passes: the files and lines of the five stations, and of the way back."""
    rows, handlers = {}, {}
    calls = (ROOT / "abi/calls.def").read_text(encoding="utf-8")
    services = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "vmm/services").glob("*.c"))}
    found = [(m[1], m[2]) for m in re.finditer(r"^CALL\((\w+), *\d+, *(\w+)", calls, re.MULTILINE)]
    found += [("LEGACY", m[1]) for m in re.finditer(r"^LEGACY\(\d+, *(\w+)", calls, re.MULTILINE)]
    for extension, name in found:
        head = rf"^LEGACY\(\d+, *{name}\b" if extension == "LEGACY" else rf"^CALL\({extension}, *\d+, *{name}\b"
        rows[f"{extension}.{name}"] = line_of("abi/calls.def", head)
        handler = f"handle_{extension}_{name}("
        for path, text in services.items():
            if handler in text:
                handlers[f"{extension}.{name}"] = line_of(path.relative_to(ROOT).as_posix(), re.escape(handler))
                break
    return {
        "rows": rows,
        "handlers": handlers,
        "trap": line_of("abi/riscv64/trap.h", r"\becall\b.*:|\"ecall\""),
        "decode": line_of("vmm/backends/soft/soft.c", r"^static void decode_hypercall"),
        "halt": line_of("vmm/core/run.c", r"^static void handle_halt"),
        "dispatch": line_of("vmm/core/hypercall.c", r"^void hypercall_dispatch"),
        "handle": line_of("vmm/core/run.c", r"^static void handle_exit"),
        "apply": line_of("vmm/backends/soft/soft.c", r"^static void apply_result"),
    }


def name_of(elf):
    """Returns a guest's name, as GUEST has it: hello, programs/lisp."""
    path = pathlib.Path(elf).with_suffix("").as_posix()
    return path.split("/guests/riscv64/")[-1] if "/guests/riscv64/" in path else path.split("/")[-1]


def sources(names):
    files = set()
    for pattern in [*(f"guests/{name}.{suffix}" for name in names for suffix in ("c", "cc", "S")), *SOURCES]:
        files |= {path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern)}
    return {path: (ROOT / path).read_text(encoding="utf-8") for path in sorted(files)}


def data(wasm, elfs, extra):
    names = [name_of(elf) for elf in elfs]
    files = [pathlib.Path(elf).read_bytes() for elf in elfs]
    guests = [{"name": name, "file": pathlib.Path(name).name + ".elf", "size": len(file), **GUESTS.get(name, {"about": ""})}
              for name, file in zip(names, files)]  # fmt: skip
    numbers, literals = pack(files)
    return {
        "version": re.search(r'VERSION +"([^"]+)', (ROOT / "vmm/core/version.h").read_text(encoding="utf-8"))[1],
        "wasm": packed(pathlib.Path(wasm).read_bytes()),
        "worker": packed(bundle("worker.js").encode()),
        "guests": guests,
        "numbers": packed(numbers),
        "literals": packed(literals),
        "sources": packed(json.dumps(sources(names)).encode()),
        "stations": stations(),
        **extra,
    }


def hash_of(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page(wasm, elfs, extra):
    script, style = bundle("main.js"), (WEB / "style.css").read_text(encoding="utf-8")
    policy = (f"default-src 'none'; script-src {hash_of(script)} 'wasm-unsafe-eval'; style-src {hash_of(style)}; "
              "worker-src blob:; img-src data:; base-uri 'none'; form-action 'none'")  # fmt: skip
    # In JSON, `<` is only in strings: so no string ends the script.
    blob = json.dumps(data(wasm, elfs, extra), separators=(",", ":")).replace("<", "\\u003c")
    html = (WEB / "index.html").read_text(encoding="utf-8")
    for mark, text in (("POLICY", policy), ("STYLE", style), ("DATA", blob), ("SCRIPT", script)):
        before, found, after = html.partition("{{" + mark + "}}")
        if not found:
            sys.exit(f"page.py: index.html has no {{{{{mark}}}}}")
        html = before + text + after
    return html


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wasm", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--recording")
    parser.add_argument("elfs", nargs="+")
    options = parser.parse_args()
    extra = {"recording": packed(pathlib.Path(options.recording).read_bytes())} if options.recording else {}
    pathlib.Path(options.output).write_text(page(options.wasm, options.elfs, extra), encoding="utf-8")


if __name__ == "__main__":
    main()
