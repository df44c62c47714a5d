# SPDX-License-Identifier: MIT
"""The documents are true: their commands run, their examples work, their tables agree with the code."""

import os
import re
import shutil
import subprocess

import pytest

from conftest import NO_KVM, ROOT, WITHOUT_KVM, guest, needs_kvm, why_no_gdb_calls, why_no_linux, why_no_qemu, why_no_riscv
from conftest import source_files, why_not_without_kvm
from shown import of_any_compiler

# Commands that this test suite must not run from inside itself, and their replacements.
INSTEAD = {
    "make test": "true",
    "make web && xdg-open build/labvisor.html": "make web",
    "make page-cases": "true",
    "make bench": "make bench BENCH_OPTIONS=--quick",
    "make compare": "true",  # test_compare.py runs it
    "make distros DISTRO=debian-13": "true",  # test_distros.py runs a part of it
    "make dist": "true",  # test_install.py runs these
    "make release": "true",
}
GDB_OPTIONS = "-nx -ex 'set width 0' -ex 'set confirm off' -ex 'set style enabled off'"


def blocks(document, language):
    text = (ROOT / document).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


DOCUMENTS = ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in sorted((ROOT / "docs").glob("*.md")))]


def commands():
    """Returns all commands that the documents show, each once, except README.md's."""
    lines = [line for name in DOCUMENTS[1:] for block in blocks(name, "sh") for line in block.splitlines()]
    return list(dict.fromkeys(lines))


@needs_kvm
@pytest.mark.parametrize("command", [*commands(), "make bench"])
def test_command(command):
    linux = re.match("make (stock|riscv)-", command)
    if linux and why_no_qemu(linux[1]):
        pytest.skip(why_no_qemu(linux[1]))
    if command.startswith("make linux") and why_no_linux():
        pytest.skip(why_no_linux())
    result = subprocess.run(
        ["sh", "-c", INSTEAD.get(command, command)], cwd=ROOT, capture_output=True, timeout=600
    )
    if "riscv64" in command and why_no_riscv():
        pytest.skip(why_no_riscv())
    # args, the guest, returns the number of its arguments: make says so and fails
    status = 2 if "GUEST=args" in command else 0
    assert result.returncode == status, result.stdout.decode() + result.stderr.decode()


def normalised(text, root=ROOT):
    """Removes what differs between compilers, runs or folders, and make's progress."""
    text = of_any_compiler(text.replace(f"{root}/", ""))
    text = re.sub(r"^(\[Thread debugging|Using host libthread|labvisor: a core is in).*\n", "", text, flags=re.M)
    text = re.sub(r"^  (CC|AS|AR|LD)  .*\n", "", text, flags=re.M)
    text = in_any_order(text)
    text = re.sub(r"^\[ *[0-9.]+ ms\]", "[N ms]", text, flags=re.M)
    text = re.sub(r"\b(process|LWP|after) \d+|(Makefile):\d+", r"\1\2 N", text)
    text = re.sub(r"0x[0-9a-f]+|\b[0-9a-f]{16}\b|\b8[0-9a-f]{7}\b|\b\d{5,}\b", "N", text)
    return re.sub(r"\s+\n", "\n", text).strip()


def in_any_order(text):
    """Removes which hart is first for a seed, unless the guests have the instructions of the compiler of the documents."""
    if b"GNU C11 12." in guest("lost", "riscv64").read_bytes():
        return text
    text = re.sub(r"^(the runs part at exit #)\d+: vCPU \d makes it in run 1, vCPU \d", r"\1N: vCPU N makes it in run 1, vCPU N", text)
    text = re.sub(r"^([12]) \[ *[0-9.]+ ms\] .*", r"\1 an exit", text, flags=re.M)
    return re.sub(r"^  \[ *[0-9.]+ ms\]", "  [N ms]", text, flags=re.M)


def check(got, shown, root):
    """Checks that both are the same, except for the lines that "[...]" replaces."""
    pattern = re.escape(normalised(shown)).replace(re.escape("[...]"), "(.|\n)*")
    got = normalised(got, root)
    assert re.fullmatch(pattern, got), f"{got}\n\nis not\n\n{normalised(shown)}"


def run_shown(block, cwd):
    """Runs the one command of a block, with what is typed to its gdb, and compares all answers."""
    command, *rest = block.split("\n(gdb) ")
    first, _, greeting = command.partition("\n")
    typed = [piece.partition("\n")[0] for piece in rest]
    result = subprocess.run(
        ["sh", "-c", first.removeprefix("$ ") + (f' -s GDB_OPTIONS="{GDB_OPTIONS}"' if typed else "")],
        cwd=cwd, input="".join(line + "\n" for line in typed), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=300,
    )  # fmt: skip
    got = result.stdout.split("(gdb) ")
    check(got[0], greeting, cwd)
    for piece, answer in zip(rest, got[1:], strict=False):
        check(answer, piece.partition("\n")[2], cwd)
    assert len(got) > len(rest)


@needs_kvm
def test_readme_in_order(tmp_path):
    """In a fresh clone, every command of README.md works in the order in which it stands, and
    prints what is shown; files are written where the text says."""
    if why_no_riscv():
        pytest.skip(why_no_riscv())
    for name in source_files():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / name)
    blocks_done = set()
    text = (ROOT / "README.md").read_text()
    for name, language, block in re.findall(r"(?:`([^`\n]+)`:\n\n)?^```(\w+)\n(.*?)^```", text, re.M | re.S):
        blocks_done.add(language)
        if language == "c":
            (tmp_path / name).write_text(block)
        elif language == "console":
            run_shown(block, tmp_path)
        else:
            for line in block.splitlines():
                command = ["sh", "-c", INSTEAD.get(line, line)]
                result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
                assert result.returncode == 0, (line, result)
    assert blocks_done == {"c", "console", "sh"}


def test_code_that_docs_quote():
    """A table of docs/modes.md names the lines of code that set a register: they are there."""
    files = ("kvm-x86/modes.c", "kvm-x86/boot.c", "soft/soft.c", "kvm-riscv/rv.c")
    code = " ".join(" ".join((ROOT / "vmm/backends" / name).read_text().split()) for name in files)
    rows = [l for l in (ROOT / "docs/modes.md").read_text().splitlines() if l.startswith("|")]
    quotes = [q.replace("\\|", "|") for row in rows for q in re.findall("`([^`]+)`", row)]
    quotes = [quote for quote in quotes if re.search("[=;(]", quote)]
    assert len(quotes) > 20
    assert [quote for quote in quotes if quote not in code] == []


def test_functions_that_docs_name():
    """Each row of docs/architecture.md's walk names a file and functions that are in it."""
    row = re.compile(r"^\| \d \| \[`([^`]+)`\]\([^)]*\) \| ([^|]*) \|", re.M)
    walk = row.findall((ROOT / "docs/architecture.md").read_text())
    assert len(walk) == 8
    for name, functions in walk:
        text = (ROOT / name).read_text()
        assert [f for f in re.findall("`([^`]+)`", functions) if f"{f}(" not in text] == [], name


def test_make_run_without_kvm():
    """One line names the back end that is used instead, and the reason."""
    reason = why_not_without_kvm() or why_no_riscv()
    if reason:
        pytest.skip(reason)
    result = subprocess.run(
        [*WITHOUT_KVM, "make", "-s", "run"], cwd=ROOT, capture_output=True, text=True
    )
    assert (result.returncode, result.stdout) == (0, "Hello from inside a virtual machine!\n")
    instead = "; not kvm-x86: there is no /dev/kvm.*" if os.uname().machine == "x86_64" else ""
    assert re.fullmatch(f"soft: RISC-V guests, in software: .*{instead}\n", result.stderr)


@needs_kvm
def test_status_that_make_shows():
    """A line before make's own explains the number after `Error`."""
    result = subprocess.run(
        ["make", "-s", "run", "GUEST=args", "ARGS=a b c"], cwd=ROOT, capture_output=True, text=True
    )
    why, status, *makes = result.stderr.splitlines()
    assert status == "run: labvisor ended with status 3 (docs/reference.md); make reports it as an error"
    assert makes[0].endswith("Error 3") and makes[-1].endswith("Error 2")


def statuses_in_source():
    text = (ROOT / "vmm/core/status.h").read_text()
    return {int(n) for n in re.findall(r"STATUS_\w+ = (\d+)", text)} - {0}


def test_exit_statuses():
    section = (ROOT / "docs/reference.md").read_text().split("## Exit statuses")[1].split("\n## ")[0]
    assert {int(n) for n in re.findall(r"^\| (\d+) \|", section, re.M)} == statuses_in_source()


def test_every_call_is_specified():
    table = (ROOT / "abi/calls.def").read_text()
    text = (ROOT / "abi/README.md").read_text()
    rows = re.findall(r"^(?:CALL|LEGACY)\((\w+),[^\n]*$", table, re.M)
    names = re.findall(r"^CALL\(\w+, +(\d+), (\w+), +\d, (.*)\)$", table, re.M)
    names += re.findall(r"^LEGACY\((\d+), (\w+), +\d, (.*)\)$", table, re.M)
    assert len(names) == len(rows) > 15
    for number, name, pairs in names:
        arguments = ", ".join(re.findall(r"\(\w+, (\w+)\)", pairs))
        call = f"`{name}({arguments})`"
        assert f"| {number} | {call}" in text or f"**{call}**, FID {number}." in text, call


def test_every_option_is_documented():
    help_text = subprocess.run(
        [ROOT / "build/labvisor", "--help"], capture_output=True, text=True
    ).stdout
    table = (ROOT / "docs/options.md").read_text()
    options = set(re.findall(r"--[a-z-]+", help_text))
    assert len(options) > 15
    rows = re.findall(r"^\| (`-.*?) \|", table, re.M)
    assert {o for row in rows for o in re.findall(r"--[a-z-]+", row)} == options


@needs_kvm
def test_assembler_example_runs(tmp_path):
    """The port I/O example of abi/README.md, in a guest without the C runtime's help."""
    riscv, pio, vmcall, *_ = blocks("abi/README.md", "asm")
    (tmp_path / "example.S").write_text(
        ".globl main\nmain:\n" + pio + "ret\n.section .rodata\ntext: .ascii \"asm ok\"\n"
    )
    (tmp_path / "Makefile").write_text(
        f"GUEST = example\nSRCS = example.S\ninclude {ROOT}/guest-rt/guest.mk\n"
    )
    result = subprocess.run(["make", "run", "ARCH=x86_64"], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith("asm ok")

    assert "$12, %eax" in vmcall and "vmcall" in vmcall
    for source, target in ((vmcall, "x86_64"), (riscv, "riscv64")):
        if subprocess.run(["sh", "-c", "command -v clang"], capture_output=True).returncode:
            pytest.skip("clang is not installed: the other examples were not assembled")
        assembled = subprocess.run(
            ["clang", f"--target={target}-linux", "-c", "-x", "assembler", "-o", "/dev/null", "-"],
            input=source + "\ntext:\n",
            text=True,
            capture_output=True,
        )
        assert assembled.returncode == 0, assembled.stderr


def anchors(path):
    """Returns the anchors that GitHub makes of a document's headings."""
    headings = re.findall(r"^#+ (.*)", path.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", [*DOCUMENTS, "abi/README.md", "abi/machines.md", "CHANGELOG.md", "LAB.md"])
def test_links(document):
    text = (ROOT / document).read_text()
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", text):
        if "://" not in target:
            path = (ROOT / document).parent / target if target else ROOT / document
            assert path.exists(), target
            assert not anchor or anchor in anchors(path), f"{target}#{anchor}"


def test_files_stay_short():
    names = [name for name in source_files() if name.endswith((".c", ".h", ".S"))]
    assert len(names) > 100
    for name in names:
        assert len((ROOT / name).read_text().splitlines()) <= 450, name


def sessions():
    """Returns the blocks with a command, `$ `, and its output, of all documents except README.md."""
    shown = [(name, block) for name in DOCUMENTS[1:] for block in blocks(name, "console") if block[0] == "$"]
    return [pytest.param(block, id=f"{name}-{i}") for i, (name, block) in enumerate(shown)]


@pytest.mark.parametrize("block", sessions())
def test_sessions(block):
    """Word for word."""
    if "debug-vmm" in block and why_no_gdb_calls():
        pytest.skip(why_no_gdb_calls())
    if why_no_riscv() or NO_KVM and "riscv64" not in block:
        pytest.skip(why_no_riscv() or NO_KVM)
    run_shown(block, ROOT)
