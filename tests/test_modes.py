# SPDX-License-Identifier: MIT
"""Guests in real and protected mode: cases that the manifest's guests do not cover."""

import shutil
import subprocess

import pytest

from conftest import BACKEND, DIED, IMAGE, ROOT, USAGE, guest, needs_kvm, run

pytestmark = needs_kvm

FLAT_ROOM = 0x100000 - 0x7C00


def flat(tmp_path, code, *options, name="guest.bin"):
    """Runs a few bytes of 16-bit code."""
    path = tmp_path / name
    path.write_bytes(bytes(code))
    return run("--timeout=10", *options, path)


EXIT = [0xE6, 0xF4]  # out %al, $0xf4


@pytest.mark.parametrize("al", [0, 7, 255])
def test_exit_port(tmp_path, al):
    result = flat(tmp_path, [0xB0, al, *EXIT])
    assert (result.returncode, result.stdout, result.stderr) == (al, b"", b"")


@pytest.mark.parametrize("prefix", [[], [0x66]])
def test_exit_port_of_more_bytes(tmp_path, prefix):
    """Its low 8 bits count, as for exit(3)."""
    assert flat(tmp_path, [0xB8, 0x05, 0x01, *prefix, 0xE7, 0xF4]).returncode == 5


def test_a_string_to_the_console(tmp_path):
    """rep outsb: with any number of bytes in one exit of KVM."""
    code = [0xBE, 0x10, 0x7C, 0xB9, 5, 0, 0xBA, 0xE9, 0, 0xF3, 0x6E, 0x31, 0xC0, *EXIT, 0x90]
    result = flat(tmp_path, code + list(b"hello"))
    assert (result.returncode, result.stdout) == (0, b"hello")


def test_the_console_port_is_known_by_its_number(tmp_path):
    """in $0xe9, %al gives 0xe9, as on isa-debugcon."""
    assert flat(tmp_path, [0xE4, 0xE9, *EXIT]).returncode == 0xE9


def test_words_to_the_console_are_no_console(tmp_path):
    result = flat(tmp_path, [0xE7, 0xE9])
    assert result.returncode == DIED and b"(2 bytes) to I/O port 0xe9, where nothing is" in result.stderr


@pytest.mark.parametrize(
    "code, words",
    [
        ([0xBA, 0xF8, 0x03, 0xEE], b"to I/O port 0x3f8, where nothing is: a PC has COM1 there: a byte to port 0xe9"),
        ([0xE6, 0x43], b"a PC has its timer there: call TIME.set_timer"),
        ([0xE4, 0x60], b"a PC has its keyboard there: call DBCN.console_read"),
        ([0xB4, 0x0E, 0xCD, 0x10], b"it called int 0x10 at 0000:7c02, as for a PC's BIOS, and there is none"),
        ([0xCD, 0x16], b"it called int 0x16 at 0000:7c00, as for a PC's BIOS"),
    ],
)
def test_a_guest_for_a_pc(tmp_path, code, words):
    result = flat(tmp_path, code)
    assert result.returncode == DIED and words in result.stderr


# TIME.set_timer(0): eax = EID, ecx, edi, esi = 0.
SET_TIMER = [0x66, 0xB8, *b"EMIT", 0x66, 0x31, 0xC9, 0x66, 0x31, 0xFF, 0x66, 0x31, 0xF6, 0x66, 0xE7, 0x4C]


@pytest.mark.parametrize(
    "code, words",
    [
        # A jump to 0x1000:0010 first, so that both parts of the address count.
        ([0x31, 0xC9, 0xF7, 0xF1], b"interrupt 0 (divide error) came at 0000:7c02"),
        ([0x0F, 0x0B], b"interrupt 6 (invalid opcode) came at 0000:7c00"),
        ([0xEA, 0x05, 0x00, 0xC0, 0x07, 0x31, 0xC9, 0xF7, 0xF1], b"interrupt 0 (divide error) came at 07c0:0007"),
        (SET_TIMER + [0xFB, 0xF4], b"interrupt 32 (no exception) came at 0000:7c14"),
    ],
)
def test_an_interrupt_without_a_handler(tmp_path, code, words):
    result = flat(tmp_path, code)
    assert result.returncode == DIED
    assert words in result.stderr and b"has no handler for it" in result.stderr


def test_a_deadline_gives_one_interrupt(tmp_path):
    """The handler counts in bl, and sets no other deadline; the guest then looks at the count two exits later."""
    main = [0xC7, 0x06, 0x80, 0, 0x40, 0x7C, 0xC7, 0x06, 0x82, 0, 0, 0, *SET_TIMER, 0x31, 0xDB, 0xFB, 0xF4]
    main += [0xE4, 0xE9] * 2 + [0x88, 0xD8, *EXIT]
    handler = [0x43, 0xCF]  # inc %bx; iret
    assert flat(tmp_path, main + [0x90] * (0x40 - len(main)) + handler).returncode == 1


def test_memory_after_the_vectors_is_zero(tmp_path):
    """The table ends at 0x400: mov 0x400, %al; or 0x401, %al; ..."""
    code = [0xA0, 0x00, 0x04, *[b for low in (1, 2, 3) for b in (0x0A, 0x06, low, 0x04)], *EXIT]
    assert flat(tmp_path, code).returncode == 0


def test_a_handler_is_left_alone(tmp_path):
    """A halt in a handler of the guest is a halt, not a missing handler."""
    code = [0xC7, 0x06, 0x18, 0, 0x0E, 0x7C, 0xC7, 0x06, 0x1A, 0, 0, 0, 0x0F, 0x0B, 0xF4]
    assert b"it halted with interrupts off" in flat(tmp_path, code).stderr


def test_a_halt_at_the_place_of_the_vectors(tmp_path):
    """The guest's own code at 0050:0000 that sleeps with interrupts on is not a missing handler."""
    code = [0xC7, 0x06, 0x00, 0x05, 0xFB, 0xF4, 0xEA, 0x00, 0x00, 0x50, 0x00]  # sti; hlt to 0x500
    assert b"it halted with no timer set" in flat(tmp_path, code).stderr


def test_no_walk_without_paging(tmp_path):
    """LAB.trap_exit(14, ...) with paging off: there are no page tables to show."""
    code = [0x66, 0xB8, *b"BAL\x08", 0x66, 0xB9, 2, 0, 0, 0, 0x66, 0xBF, 14, 0, 0, 0, 0x66, 0xE7, 0x4C]
    assert b"paging is off: CR0.PG is 0" in flat(tmp_path, code).stderr


def test_start_state(tmp_path):
    """As a boot sector starts: all segments 0, sp and ip 0x7c00; esi: the size of RAM."""
    code = [0xFA, 0xF4]  # cli; hlt
    stderr = flat(tmp_path, code, "-m", "3").stderr.decode()
    assert "rsi 0000000000300000" in stderr and "rsp 0000000000007c00" in stderr
    assert "rip 0000000000007c02  rflags 00000002" in stderr and "cs 0000  ss 0000" in stderr


def test_the_largest_flat_image(tmp_path):
    code = [0xB0, 3, *EXIT]
    assert flat(tmp_path, code + [0] * (FLAT_ROOM - len(code))).returncode == 3
    result = flat(tmp_path, code + [0] * (FLAT_ROOM + 1 - len(code)))
    assert result.returncode == IMAGE
    assert f"{FLAT_ROOM + 1} bytes: a flat image may have at most {FLAT_ROOM}".encode() in result.stderr


def test_only_bin_is_flat(tmp_path):
    """Any other file that is not ELF is refused."""
    result = flat(tmp_path, EXIT, name="guest.txt")
    assert result.returncode == IMAGE and b"whose name ends in .bin" in result.stderr


@pytest.mark.parametrize("name", ["real/hello", "protected/traps"])
def test_what_these_modes_do_not_have(name):
    for option, words in (("-c2", "-c: 2 vCPUs given, a guest of 16 or 32 bits has one"),):
        result = run(option, guest(name))
        assert result.returncode == USAGE and words in result.stderr.decode()
    result = run("--transport=vmcall", guest(name))
    assert result.returncode in (USAGE, BACKEND) and b"use --transport=pio" in result.stderr
    result = run("--backend=soft", guest(name))
    assert result.returncode == BACKEND
    assert b"soft does not run this type of guest" in result.stderr


def test_protected_mode_explains_with_lines(tmp_path):
    """ELF32 also has symbols and lines."""
    result = run("--max-exits=10", "--timeout=10", guest("protected/traps"))
    assert b"_start+0x" in result.stderr and b"(console.h:" in result.stderr


@pytest.mark.parametrize("name", ["hello", "counter", "table", "fibonacci", "matrix", "climb"])
def test_the_same_in_qemu(name, tmp_path):
    """These guests use only two ports: QEMU runs them as boot sectors."""
    if shutil.which("qemu-system-x86_64") is None:
        pytest.skip("qemu-system-x86_64 is not installed")
    image, output = guest(f"real/{name}"), tmp_path / "output"
    result = subprocess.run(
        ["qemu-system-x86_64", "-accel", "tcg", "-display", "none", "-monitor", "none", "-m", "16",
         "-drive", f"format=raw,file={image},snapshot=on", "-net", "none",
         "-chardev", f"file,id=console,path={output}",
         "-device", "isa-debugcon,iobase=0xe9,chardev=console",
         "-device", "isa-debug-exit,iobase=0xf4,iosize=1"],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
    )  # fmt: skip
    assert result.returncode == 1, result.stderr  # 2 * 0 + 1
    assert output.read_bytes() == run(image).stdout
