# SPDX-License-Identifier: MIT
"""The command line: what it accepts, and its messages for what it refuses."""

import json
import os
import re
import resource
import signal
import subprocess

import pytest

from conftest import (
    BACKEND,
    HOST,
    IMAGE,
    LABVISOR,
    NO_KVM,
    ROOT,
    USAGE,
    WITHOUT_KVM,
    guest,
    needs_kvm,
    run,
    symbol,
    why_no_riscv,
    why_not_without_kvm,
)

# On a host that builds no guests for x86, soft refuses the same, in words of its own.
NO_X86 = None if guest("hello", "x86_64").exists() else "no compiler for x86_64 guests here"
HELLO = guest("hello", "riscv64" if NO_X86 else "x86_64")
RUNS_HERE = "riscv64" if NO_KVM else "x86_64"
RUNNABLE = guest("hello", RUNS_HERE)

BAD = [
    ((), "no guest given", USAGE),
    (("--frobnicate", HELLO), "--frobnicate: no such option", USAGE),
    (("-x", HELLO), "-x: no such option", USAGE),
    (("-m",), "-m: a value is missing", USAGE),
    (("--timeout",), "--timeout: a value is missing", USAGE),
    (("--help=yes", HELLO), "--help=yes: no such option, or one that takes no value", USAGE),
    (("-m", "lots", HELLO), "-m: 'lots' given, a size", USAGE),
    (("-m", "", HELLO), "-m: '' given, a size", USAGE),
    (("-m", "-1", HELLO), "-m: '-1' given, a size", USAGE),
    (("-m", "64Q", HELLO), "-m: '64Q' given, a size", USAGE),
    (("-m", "64MB", HELLO), "-m: '64MB' given, a size", USAGE),
    (("-m", "99999999999999999999", HELLO), "-m: '99999999999999999999' given", USAGE),
    (("-m", "1", HELLO), "-m: 1024 KiB given, kvm-x86 takes 2 MiB to 3072 MiB", USAGE),
    (("-m", "4G", HELLO), "-m: 4194304 KiB given", USAGE),
    (("-m", "8193K", HELLO), "multiple of 4 KiB", USAGE),
    (("-m", "3", guest("hello", "riscv64")), "-m: 3072 KiB given, soft takes 4 MiB", USAGE),
    (("-c32", "-m4", HELLO), "-m: 4096 KiB given, the stacks of 32 vCPUs alone take ", USAGE),
    (("-c", "0", HELLO), "-c: '0' given", USAGE),
    (("-c", "2x", HELLO), "-c: '2x' given", USAGE),
    (("-c", "65", HELLO), "-c: 65 vCPUs given, kvm-x86 runs at most 32", USAGE),
    (("-c", "4294967297", HELLO), "-c: '4294967297' given", USAGE),
    (("--timeout=0", HELLO), "--timeout: '0' given", USAGE),
    (("--timeout=nan", HELLO), "--timeout: 'nan' given", USAGE),
    (("--timeout=1e99", HELLO), "--timeout: '1e99' given", USAGE),
    (("--timeout=5s", HELLO), "--timeout: '5s' given", USAGE),
    (("--max-exits=0", HELLO), "--max-exits: '0' given", USAGE),
    (("--max-exits=-5", HELLO), "--max-exits: '-5' given", USAGE),
    (("--stats=xml", HELLO), "--stats: 'xml' given, json", USAGE),
    (("--trace=/nowhere/file", RUNNABLE), "--trace: /nowhere/file: No such file", USAGE),
    (("--log=/nowhere/file", "--trace", RUNNABLE), "--log: /nowhere/file: No such file", USAGE),
    (("--log=/dev/null", RUNNABLE), "--log: nothing is written to it: give --trace or --stats, too", USAGE),
    (("--memory-file=/nowhere/file", RUNNABLE), "--memory-file: /nowhere/file: No such file", USAGE),
    (("--memory-file=/dev/null", RUNNABLE), "--memory-file: /dev/null: not an empty file: remove it", USAGE),
    (("--memory-file=/", RUNNABLE), "--memory-file: /: Is a directory", USAGE),
    (("--memory-file", RUNNABLE), "no guest given", USAGE),
    (("--backend=vmware", HELLO), "--backend: there is no 'vmware'", USAGE),
    (("--transport=smoke", HELLO), "--transport: 'smoke' given, kvm-x86 has pio or vmcall", USAGE),
    (("--engine=steam", guest("hello", "riscv64")), "'steam' given, soft has translator or interpreter\n", USAGE),
    (("--engine=interpreter", HELLO), "--engine: kvm-x86 has none: the CPU executes the guest's code\n", USAGE),
    (("--transport=pio", guest("hello", "riscv64")), "'pio' given, soft has ecall\n", USAGE),
    ((HELLO, "x" * 5000), "the guest's arguments take", USAGE),
    ((HELLO, *["word"] * 1000), "at most 4096 fit", USAGE),
    (("/nowhere/guest.elf",), "/nowhere/guest.elf: No such file or directory", IMAGE),
    (("tests",), "tests: is a directory", IMAGE),
    (("doctor", "--now"), "doctor: takes no options, and no argument but", USAGE),
    (("doctor", "best", "x"), "doctor: takes no options, and no argument but", USAGE),
    (("-m", "64", "doctor"), "doctor: takes no options, and no argument but", USAGE),
    (("/dev/null",), "/dev/null: not a regular file", IMAGE),
]


@pytest.mark.parametrize("args, message, status", BAD, ids=lambda v: None)
def test_bad(args, message, status):
    if NO_X86 and "kvm-x86" in message:
        pytest.skip(NO_X86)
    result = run(*args)

    stderr = result.stderr.decode()
    assert result.returncode == status, stderr
    assert stderr.startswith("labvisor: ") and stderr.count("\n") == 1, stderr
    assert message in stderr
    assert result.stdout == b""


def test_help_and_version():
    result = run("--help")
    assert result.returncode == 0
    for option in ("-m", "-c", "--backend", "--trace", "--stats", "--timeout", "--max-exits"):
        assert option in result.stdout.decode()
    assert run("--version").stdout.startswith(b"labvisor ")


def test_abi_as_json():
    """The tables are those of calls.def, exits.def and sbi.h, read here by other means."""
    result = run("--abi")
    assert (result.returncode, result.stderr) == (0, b"")
    abi = json.loads(result.stdout)
    rows, eids = [], {}
    for line in (ROOT / "abi/calls.def").read_text().splitlines():
        if found := re.match(r"EXT\((\w+), (\w+),", line):
            eids[found[1]] = int(found[2], 0)
        elif found := re.match(r"CALL\((\w+), (\d+), (\w+), +(\d), \((.*)\)\)$", line):
            rows.append((found[1], eids[found[1]], int(found[2]), found[3], found[5]))
        elif found := re.match(r"LEGACY\((\d+), (\w+), +(\d), \((.*)\)\)$", line):
            rows.append(("LEGACY", int(found[1]), 0, found[2], found[4]))
    shown = [
        (call["extension"], call["eid"], call["fid"], call["name"], ", ".join(f"({arg['kind']}, {arg['name']})" for arg in call["args"]))
        for call in abi["calls"]
    ]
    assert len(rows) > 25 and shown == rows
    kinds = re.findall(r'^EXIT_KIND\(\w+, +(\d+), "(.*?)", +"(.*)"\)', (ROOT / "abi/exits.def").read_text(), re.MULTILINE)
    assert len(kinds) == 8 and [(str(kind["number"]), kind["name"], kind["meaning"]) for kind in abi["exits"]] == kinds
    defines = re.findall(r"^#define (\w+) +\(?(-?\d\w*)\)?(?: +/\*.*)?$", (ROOT / "abi/sbi.h").read_text(), re.MULTILINE)
    assert len(defines) > 30 and abi["numbers"] == {name: int(value, 0) for name, value in defines}


def test_abi_to_a_full_disk():
    with open("/dev/full", "w") as full:
        assert subprocess.run([LABVISOR, "--abi"], stdout=full, stderr=subprocess.DEVNULL).returncode == HOST


def test_help_to_a_full_disk():
    with open("/dev/full", "wb") as full:
        assert subprocess.run([LABVISOR, "--help"], stdout=full).returncode == HOST


@needs_kvm
def test_options_behind_the_guest_are_its_own():
    result = run(guest("args"), "--stats", "-m")
    assert result.stdout.decode().splitlines()[1:] == ["argv[1] = --stats", "argv[2] = -m"]
    assert result.stderr == b""


@needs_kvm
@pytest.mark.parametrize("memory", ["2", "2052K", "7", "512M", "3G"])
def test_memory_sizes(memory):
    result = run("-m", memory, guest("primes"))
    assert (result.returncode, result.stderr) == (0, b"")
    result = run("-m", memory, guest("tests/stack_overflow"))
    assert b"the stack is full" in result.stderr


@needs_kvm
def test_memory_in_a_file(machine, tmp_path):
    """The file is the guest's RAM: its code stands in it, at its address."""
    image, file = guest("hello"), tmp_path / "ram"
    for text, size in ((None, 0), (b"", 0), (b"", 8 << 20), (bytes(8 << 20), 8 << 20)):  # the last two are large enough already
        if text is not None:
            file.write_bytes(text)
            os.truncate(file, size)
        result = run("-m8", f"--memory-file={file}", image)
        assert (result.returncode, result.stderr) == (0, b"")
        memory = file.read_bytes()
        start = symbol("hello", "main") - (0x80000000 if machine == "riscv64" else 0)
        assert len(memory) == 8 << 20 and memory[start : start + 32] in image.read_bytes()
        assert b"Hello from inside" in memory


def test_memory_in_a_file_that_is_in_use(tmp_path):
    """Data would be lost, or be in the guest's memory. Another size is no memory of this guest."""
    file = tmp_path / "ram"
    for text, size in ((b"data", 4), (b"data", 8 << 20), (bytes((8 << 20) - 1) + b"1", 8 << 20), (b"", 9 << 20), (b"", 1 << 40)):
        file.write_bytes(text)
        os.truncate(file, size)
        result = run("-m8", f"--memory-file={file}", RUNNABLE)
        assert result.returncode == USAGE and b"not an empty file: remove it" in result.stderr
        assert file.stat().st_size == size
    limit = lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)))
    file.unlink()
    result = run("-m8", f"--memory-file={file}", RUNNABLE, preexec_fn=limit)
    assert result.returncode == USAGE and b"cannot have 8 MiB: File too large: give less memory" in result.stderr


def test_the_longest_arguments_fit():
    path = str(guest("args", RUNS_HERE))
    result = run(path, "y" * (4096 - len(path) - 2))
    assert (result.returncode, result.stderr) == (1, b"")


@needs_kvm
def test_vmcall():
    """It works, or labvisor refuses it before the guest runs. Labvisor does not wait for ever for a KVM
    that never returns from it."""
    result = run("--transport=vmcall", HELLO, timeout=10)
    if result.returncode == 0:
        assert result.stdout == b"Hello from inside a virtual machine!\n"
        return
    assert (result.returncode, result.stdout) == (BACKEND, b"")
    assert b"kvm-x86: --transport=vmcall: " in result.stderr
    assert result.stderr.endswith(b": use --transport=pio\n") and result.stderr.count(b"\n") == 1


def test_ecall():
    """The name of a back end's only transport is accepted."""
    if why_no_riscv():
        pytest.skip(why_no_riscv())
    assert run("--transport=ecall", guest("hello", "riscv64")).returncode == 0


def test_no_device():
    """Without /dev/kvm: one line, its own status, and the doctor says why."""
    if NO_X86 or why_not_without_kvm():
        pytest.skip(NO_X86 or why_not_without_kvm())
    for args, status, words in (
        ([HELLO], BACKEND, "kvm-x86: /dev/kvm: No such file or directory: `labvisor doctor`"),
        (["doctor"], 0, "to fix it: "),
        (["doctor", "best"], 0, "soft: RISC-V guests, "),
    ):
        result = subprocess.run([*WITHOUT_KVM, LABVISOR, *args], capture_output=True)
        assert result.returncode == status, result
        assert words in (result.stdout + result.stderr).decode()


def test_doctor():
    result = run("doctor")
    assert result.returncode == 0
    assert ("kvm-x86    yes" in result.stdout.decode()) == (NO_KVM is None)
