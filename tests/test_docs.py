"""What the documents say is so: their commands run, their examples work, their tables agree."""

import pathlib
import re
import subprocess

import pytest

from conftest import NO_KVM, ROOT, WITHOUT_KVM, needs_kvm, why_no_qemu, why_no_riscv
from conftest import why_not_without_kvm

# Commands that this test suite must not run from inside itself, and what stands for them.
INSTEAD = {
    "make test": "true",
    "make bench": "make bench BENCH_OPTIONS=--quick",
    "make compare": "true",  # test_compare.py runs it
}


def blocks(document, language):
    text = (ROOT / document).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


DOCUMENTS = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]


def commands():
    """All that are shown, each once."""
    lines = [line for name in DOCUMENTS for block in blocks(name, "sh") for line in block.splitlines()]
    return list(dict.fromkeys(lines))


@needs_kvm
@pytest.mark.parametrize("command", [*commands(), "make bench"])
def test_command(command):
    linux = re.match("make (stock|riscv)-", command)
    if linux and why_no_qemu(linux[1]):
        pytest.skip(why_no_qemu(linux[1]))
    result = subprocess.run(
        ["sh", "-c", INSTEAD.get(command, command)], cwd=ROOT, capture_output=True, timeout=600
    )
    if "riscv64" in command and why_no_riscv():
        pytest.skip(why_no_riscv())
    # args, the guest, returns the number of its arguments: make says so and fails
    status = 2 if "GUEST=args" in command else 0
    assert result.returncode == status, result.stdout.decode() + result.stderr.decode()


@needs_kvm
def test_shown_output():
    """What README.md shows of make run and of a fault is what they print."""
    shown = blocks("README.md", "console")
    run = subprocess.run(["make", "-s", "run"], cwd=ROOT, capture_output=True, text=True)
    assert "$ make run\n" + run.stdout == shown[0]
    trace = subprocess.run(
        ["make", "-s", "run", "OPTIONS=--trace"], cwd=ROOT, capture_output=True, text=True
    )
    times = re.compile(r"^\[ *[0-9.]+ ms\]", re.M)
    assert times.sub("", trace.stderr) == times.sub("", shown[1])
    fault = subprocess.run(
        ["make", "-s", "run", "GUEST=fault"], cwd=ROOT, capture_output=True, text=True
    )
    fault_lines = [re.sub(r"0x10[0-9a-f]{4}", "PC", l) for l in fault.stderr.splitlines()]
    for line in shown[2].splitlines():
        assert re.sub(r"0x10[0-9a-f]{4}", "PC", line) in fault_lines


def test_code_that_docs_quote():
    """A table of docs/modes.md names the lines of code that set a register: they are there."""
    files = ("kvm-x86/modes.c", "kvm-x86/boot.c", "soft/soft.c", "kvm-riscv/rv.c")
    code = " ".join(" ".join((ROOT / "vmm/backends" / name).read_text().split()) for name in files)
    rows = [l for l in (ROOT / "docs/modes.md").read_text().splitlines() if l.startswith("|")]
    quotes = [q.replace("\\|", "|") for row in rows for q in re.findall("`([^`]+)`", row)]
    quotes = [quote for quote in quotes if re.search("[=;(]", quote)]
    assert len(quotes) > 20
    assert [quote for quote in quotes if quote not in code] == []


def test_make_run_without_kvm():
    """One line says what is used instead, and why."""
    reason = why_not_without_kvm() or why_no_riscv()
    if reason:
        pytest.skip(reason)
    result = subprocess.run(
        [*WITHOUT_KVM, "make", "-s", "run"], cwd=ROOT, capture_output=True, text=True
    )
    why, greeting = result.stdout.splitlines()
    assert re.match("soft: RISC-V guests, interpreted: .*; not kvm-x86: there is no /dev/kvm", why)
    assert greeting == "Hello from inside a virtual machine!"
    assert (result.returncode, result.stderr) == (0, "")


def statuses_in_source():
    text = (ROOT / "vmm/core/status.h").read_text()
    return {int(n) for n in re.findall(r"STATUS_\w+ = (\d+)", text)} - {0}


def test_exit_statuses():
    section = (ROOT / "README.md").read_text().split("### Exit statuses")[1].split("\n### ")[0]
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
    readme = (ROOT / "README.md").read_text()
    for option in re.findall(r"--[a-z-]+", help_text):
        assert f"`{option}" in readme or f", `{option}" in readme, option


@needs_kvm
def test_assembler_example_runs(tmp_path):
    """The port I/O example of abi/README.md, in a guest without the C runtime's help."""
    riscv, pio, vmcall = blocks("abi/README.md", "asm")
    (tmp_path / "example.S").write_text(
        ".globl main\nmain:\n" + pio + "ret\n.section .rodata\ntext: .ascii \"asm ok\"\n"
    )
    (tmp_path / "Makefile").write_text(
        f"GUEST = example\nSRCS = example.S\ninclude {ROOT}/guest-rt/guest.mk\n"
    )
    result = subprocess.run(["make", "run"], cwd=tmp_path, capture_output=True, text=True)
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


@pytest.mark.parametrize("document", ["README.md", "abi/README.md", "docs/compare.md", "docs/debugging.md", "docs/labos.md"])
def test_links(document):
    text = (ROOT / document).read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert ((ROOT / document).parent / target).exists(), target


def test_files_stay_short():
    files = subprocess.run(
        ["git", "ls-files", "*.c", "*.h", "*.S"], cwd=ROOT, capture_output=True, text=True
    ).stdout.split()
    for name in files:
        assert len((ROOT / pathlib.Path(name)).read_text().splitlines()) <= 450, name


def sessions():
    """Those of gdb that documents show: the command, and what was typed and answered."""
    shown = [(name, block) for name in DOCUMENTS for block in blocks(name, "console") if "\n(gdb) " in block]
    return [pytest.param(block, id=f"{name}-{i}") for i, (name, block) in enumerate(shown)]


def told(text):
    """Without what another compiler or another run tells otherwise."""
    text = re.sub(r"^(\[Thread debugging|Using host libthread|labvisor: a core is in).*\n", "", text, flags=re.M)
    text = re.sub(r"\b(process|LWP) \d+", r"\1 N", text.replace(f"{ROOT}/", ""))
    text = re.sub(r"0x[0-9a-f]+|\b[0-9a-f]{16}\b|\b\d{5,}\b", "N", text)
    return re.sub(r"\s+\n", "\n", text).strip()


@pytest.mark.parametrize("block", sessions())
def test_gdb_sessions(block):
    """Word for word."""
    if why_no_riscv() or NO_KVM and "x86_64" in block:
        pytest.skip(why_no_riscv() or NO_KVM)
    command, *rest = block.split("\n(gdb) ")
    first, _, greeting = command.partition("\n")
    typed = [piece.partition("\n")[0] for piece in rest]
    options = "-nx -ex 'set width 0' -ex 'set confirm off' -ex 'set style enabled off'"
    result = subprocess.run(
        [*first.removeprefix("$ ").split(), "-s", f"GDB_OPTIONS={options}"], cwd=ROOT,
        input="\n".join(typed) + "\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
    )  # fmt: skip
    got = result.stdout.split("(gdb) ")
    assert told(got[0]) == told(greeting)
    for line, piece, answer in zip(typed, rest, got[1:]):
        assert told(answer) == told(piece.partition("\n")[2]), line
