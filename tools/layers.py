#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fails on an include that leads up or sideways among the folders of vmm/, on a header of the
operating system outside the folders that may know one, on an #if about the machine outside its
folder, and on a word in core/ that names a watcher.

    layers.py [FOLDER]    FOLDER: vmm, or a copy of it
"""

import os
import pathlib
import re
import sys

# A file may include those of its own folder and of lower ranks.
RANKS = {
    "core": 0,
    "isa": 1,
    "image": 2,
    "services": 3,
    "watch": 3,
    "replay": 3,
    "backends": 3,
    "host": 3,
    "gdb": 4,
    "main": 5,
    "page": 6,  # what main.c is for the program: it makes a VM with main/setup.h
}

# Folders of one rank that stand on each other: both back ends of KVM on what they share,
# and what Linux does better than POSIX.
BELOW = {"backends/kvm-x86": "backends/kvm", "backends/kvm-riscv": "backends/kvm", "host/linux": "host/posix"}

KNOWS_THE_HOST = ("host/", "backends/kvm")
STANDARD = {
    f"{name}.h"
    for name in (
        "assert ctype errno fenv float inttypes iso646 limits locale math setjmp stdalign stdarg stdatomic stdbool "
        "stddef stdint stdio stdlib stdnoreturn string tgmath time wchar"
    ).split()
}
ALLOWED = {("main/options.c", "getopt.h")}  # the command line is parsed as the C library does it

INCLUDE = re.compile(r'#\s*include\s*(["<])([^">]+)')
MACHINE = re.compile(r"#\s*(?:if|ifdef|ifndef|elif)\b.*__(x86_64|i386|riscv|aarch64|linux|wasm)")
WATCHERS = re.compile(r"debugger|observer|journal|timeline|label", re.IGNORECASE)


def folder(path):
    """The room of a file: core, isa/riscv, backends/soft."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in ("isa", "backends", "host") else parts[0]


def may_include(path, target):
    here, there = folder(path), folder(target)
    if here == there or BELOW.get(here) == there:
        return True
    return RANKS[there.split("/")[0]] < RANKS[here.split("/")[0]]


def check_include(root, path, kind, name):
    if kind == "<":
        known = name in STANDARD or path.startswith(KNOWS_THE_HOST) or (path, name) in ALLOWED
        return None if known else f"<{name}> belongs to host/ and backends/kvm*/"
    target = os.path.normpath(os.path.join(os.path.dirname(path), name))
    if not (root / target).exists():
        target = name  # by -Ivmm; if it is not there, one of abi/
    if not (root / target).exists() or may_include(path, target):
        return None
    return f"{folder(path)} must not include {target}: it leads up or sideways"


def check_line(root, path, line):
    include = INCLUDE.match(line)
    if include:
        return check_include(root, path, include[1], include[2])
    if MACHINE.match(line) and not path.startswith(KNOWS_THE_HOST):
        return "an #if about the machine belongs to its own folder"
    if path.startswith("core/") and WATCHERS.search(line):
        return f"core/ knows no {WATCHERS.search(line)[0].lower()}"
    return None


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "vmm")
    faults = 0
    files = sorted(file for file in root.rglob("*") if file.suffix in (".c", ".h", ".def"))
    for file in files:
        path = file.relative_to(root).as_posix()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            fault = check_line(root, path, line)
            if fault:
                print(f"{file}:{number}: {fault}")
                faults += 1
    if not files:
        print(f"{root}: no source files are there")
    sys.exit(1 if faults or not files else 0)


main()
