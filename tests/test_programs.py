# SPDX-License-Identifier: MIT
"""guests/programs: each is one C file, fibers with a header for the machine, that does the same on the host and in a guest."""

import fcntl
import hashlib
import io
import json
import os
import pty
import re
import select
import shutil
import subprocess
import tarfile
import termios
import time

import pytest

from conftest import LABVISOR, MISSING, ROOT, guest, run
from manifest import ARCH, PVM
from test_compilers import make
from test_picolibc import PICOLIBC

FOLDER = ROOT / "guests/programs"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.c"))

LISP = b"""
(define (square x) (* x x)) (square 12)
(define (map f l) (if (empty l) (quote ()) (cons (f (first l)) (map f (rest l)))))
(map square (quote (1 2 -3)))
(define (adder n) (lambda (x) (+ x n))) ((adder 5) 10)
(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 5)
(cons 1 2) (quote (a (b) c)) fib (= 1 2)
"""
LOOP = b"(define (count n sum) (if (= n 0) sum (count (- n 1) (+ sum n)))) (count 5000 0)"
TEXT = b"in the beginning there was text, and text was in the text: texttexttexttext\n"
KEY = "000102030405060708090a0b0c0d0e0f"


def archive():
    """Returns a tar archive with a folder, files, a link, and a name that is too long for one field."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, kind, data in (
            ("folder", tarfile.DIRTYPE, b""),
            ("folder/file", tarfile.REGTYPE, TEXT),
            ("folder/exact", tarfile.REGTYPE, b"x" * 512),
            ("/".join(["deep" * 10] * 5), tarfile.REGTYPE, b"deep\n"),
            ("link", tarfile.SYMTYPE, b""),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.size, member.mode = kind, len(data), 0o755 if kind == tarfile.DIRTYPE else 0o640
            tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()[: 16 * 512]  # without most of the zeros after its end


TAR = archive()
# Each run: the program, its arguments, its input.
RUNS = [
    ("lisp", (), LISP),
    ("lisp", (), b"(first (quote ()))"),
    ("lisp", (), b"(+ 1 nowhere)"),
    ("json", (), b'{"a": [1, -2.5e+3, true, null], "\\u00e4": {}}'),
    ("json", (), b'[1,\n 2,, 3]'),
    ("sha2", ("256",), b"abc"),
    ("sha2", ("384",), b"abc"),
    ("sha2", ("1",), b""),
    ("aes", ("encrypt", KEY), b"00112233445566778899aabbccddeeff\n"),
    ("aes", ("decrypt", KEY), b"69c4e0d86a7b0430d8cdb78070b4c55a\n"),
    ("aes", ("encrypt", KEY), b"0011\n"),
    ("aes", (), b""),
    ("lz", ("pack",), TEXT),
    ("lz", ("unpack",), b"\x01\0\0"),
    ("untar", (), TAR),
    ("untar", ("folder/file",), TAR),
    ("untar", ("nothing",), TAR),
    ("coroutines", (), b""),
    ("coroutines", ("(1 (2 3))", "((1 2) 4)"), b""),
    ("fibers", (), b""),
]
# More than kvm_pvm can emulate at CPL 0 in a test's time.
LONG = [
    ("lisp", (), LOOP),
    ("sha2", ("256",), b"a" * 100_000),
    ("lz", ("pack",), (FOLDER / "lz.c").read_bytes()),
    ("fibers", ("1000",), b""),
]

CONFIGS = [
    *((backend, cc, flags, ()) for backend in MISSING for cc in ("gcc", "clang") for flags in ("-O0", "-O2")),
    ("soft", "gcc", "-O0", ("CHECK=1",)),
    ("soft", "gcc", "-O2", ("CHECK=1",)),
    ("kvm-x86", "gcc", "-O2", ("CHECK=1",)),
    ("kvm-x86", "clang", "-O2", ("CHECK=1",)),
    ("soft", "gcc", "-O2", ("LIBC=picolibc",)),
    ("soft", "clang", "-O2", ("LIBC=picolibc",)),
]


def why_not(backend, cc, words):
    if MISSING[backend]:
        return MISSING[backend]
    for tool in (cc, *(("ld.lld", "llvm-ar") if cc == "clang" else ())):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    if "LIBC=picolibc" in words and not PICOLIBC.exists():
        return "picolibc-riscv64-unknown-elf is not installed"
    return None


def build(folder, arch, cc, flags, words, programs=PROGRAMS):
    """Builds guests, each with a Makefile of three lines, in one folder. Returns where the images are."""
    shutil.copy(FOLDER / arch / "switch_to.h", folder)
    for name in programs:
        shutil.copy(FOLDER / f"{name}.c", folder)
        (folder / "Makefile").write_text(f"GUEST = {name}\nSRCS = {name}.c\ninclude {ROOT}/guest-rt/guest.mk\n")
        result = make("-s", f"ARCH={arch}", f"CC={cc}", f"CFLAGS={flags}", "NO_LISTINGS=1", *words, cwd=folder)
        assert result.returncode == 0 and result.stderr == "", (name, result)
    return folder / "build" / ("check-1" if "CHECK=1" in words else "") / arch


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """Returns a function that runs a program of the host's."""
    folder = tmp_path_factory.mktemp("host")
    for name in PROGRAMS:
        subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{FOLDER / os.uname().machine}", "-o", folder / name, FOLDER / f"{name}.c"], check=True)

    def run_on_host(name, *args, stdin=b""):
        result = subprocess.run([folder / name, *args], input=stdin, capture_output=True, timeout=60)
        assert result.stderr == b"" and result.returncode >= 0, result
        return result.returncode, result.stdout

    run_on_host.folder = folder
    return run_on_host


@pytest.mark.parametrize("backend, cc, flags, words", CONFIGS, ids=lambda value: "".join(value).replace("=", "-"))
def test_as_on_the_host(tmp_path, host, backend, cc, flags, words):
    """Output and status."""
    if why_not(backend, cc, words):
        pytest.skip(why_not(backend, cc, words))
    images = build(tmp_path, ARCH[backend], cc, flags, words)
    for name, args, data in RUNS + ([] if PVM and backend == "kvm-x86" else LONG):
        result = run(f"--backend={backend}", images / f"{name}.elf", *args, stdin=data)
        assert (result.returncode, result.stdout) == host(name, *args, stdin=data), (name, args, result)
        assert result.stderr == b"", result


def test_lisp(host):
    values = b"square\n144\nmap\n(1 4 9)\nadder\n15\nfib\n5\n(1 . 2)\n(a (b) c)\n<function>\n()\n"
    assert host("lisp", stdin=LISP) == (0, values)
    assert host("lisp", stdin=LOOP) == (0, b"count\n%d\n" % sum(range(5001)))
    assert host("lisp", stdin=b"(+ 1 nowhere)") == (1, b"lisp: there is no variable nowhere\n")


VALID = """0 -0 1.5e-7 "" "\\u12aF\\"\\/" "ä€😀\x7f" [] {} [[],{"":[]}] \t[1\n,\r2] {"a":1,"a":2} null true false
 "\\ud800" [1e999] 123456789012345678901234567890""".split(" ")
INVALID = """01 1. .5 +1 1e - 0x1 NaN -Infinity tru nulll " "\t" "\\x" "\\u12g4" 'a' [1,] [,1] [1 2] {"a"} {"a":} {"a":1,} {1:2}
 ] [ { [1}] {"a":1]] 1,2 "a"b /**/1""".split(" ")
NOT_UTF8 = [b'"\x80"', b'"\xc0\xaf"', b'"\xe0\x9f\xbf"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\xf8\x88\x80\x80\x80"', b'"\xc3"', b'"\xe2\x82"']
DOCUMENTS = [*(text.encode() for text in [*VALID, *INVALID, "", " ", "[" * 200 + "]" * 200]), *NOT_UTF8]


def python_takes(document):
    """Python takes more words for numbers."""

    def refuse(word):
        raise ValueError(word)

    try:
        json.loads(document.decode(), parse_constant=refuse)
    except ValueError:
        return False
    return True


def test_json(host):
    """It takes the documents that Python's reader takes."""
    verdicts = {document: host("json", stdin=document) for document in DOCUMENTS}
    assert [d for d, (status, _) in verdicts.items() if (status == 0) != python_takes(d)] == []
    assert sum(status == 0 for status, _ in verdicts.values()) == len(VALID) + 1
    assert host("json", stdin=b'[1,\n "\xc3\xa4", 2,, 3]') == (1, b"line 2, column 9: expected a value\n")
    assert host("json", stdin=b"[" * 201)[1] == b"line 1, column 201: expected no deeper nesting\n"
    assert host("json", stdin=b'{"a": [1, 2]}') == (0, b"valid: 4 values\n")


# FIPS 180-4's examples: one block, and more.
MESSAGES = [
    b"abc",
    b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
]
DIGESTS = {
    "224": ("23097d22", "75388b16", "c97ca9a5"),
    "256": ("ba7816bf", "248d6a61", "cf5b16a7"),
    "384": ("cb00753f", "3391fddd", "09330c33"),
    "512": ("ddaf35a1", "204a8fc6", "8e959b75"),
}


@pytest.mark.parametrize("bits", DIGESTS)
def test_sha2(host, bits):
    for message, begin in zip(MESSAGES, DIGESTS[bits]):
        assert host("sha2", bits, stdin=message)[1].decode().startswith(begin)
    for length in [*range(260), 1000, 1_000_000]:
        message = bytes(i * 7 + length & 255 for i in range(length))
        digest = hashlib.new(f"sha{bits}", message).hexdigest()
        assert host("sha2", bits, stdin=message) == (0, f"{digest}\n".encode()), length


# FIPS 197, appendices B and C: the key, the block, the block encrypted.
AES = [
    ("2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734", "3925841d02dc09fbdc118597196a0b32"),
    (KEY, "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"),
    (f"{KEY}1011121314151617", "00112233445566778899aabbccddeeff", "dda97ca4864cdfe06eaf70a0ec0d7191"),
    (f"{KEY}101112131415161718191a1b1c1d1e1f", "00112233445566778899aabbccddeeff", "8ea2b7ca516745bfeafc49904b496089"),
]


@pytest.mark.parametrize("key, plain, secret", AES)
def test_aes(host, key, plain, secret):
    assert host("aes", "encrypt", key, stdin=plain.encode()) == (0, f"{secret}\n".encode())
    assert host("aes", "decrypt", key, stdin=secret.encode()) == (0, f"{plain}\n".encode())
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed: the other blocks were not compared")
    blocks = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(50))
    command = ["openssl", "enc", f"-aes-{len(key) * 4}-ecb", "-nopad", "-K", key]
    wanted = subprocess.run(command, input=blocks, capture_output=True, check=True).stdout

    def lines(data):
        return "".join(data[i : i + 16].hex() + "\n" for i in range(0, len(data), 16)).encode()

    assert host("aes", "encrypt", key, stdin=lines(blocks)) == (0, lines(wanted))
    assert host("aes", "decrypt", key, stdin=lines(wanted)) == (0, lines(blocks))


def unpacked(data):
    """Restores what lz has packed, as the comment at its top says."""
    out, at, flags = bytearray(), 0, 1
    while at < len(data):
        if flags == 1:
            flags, at = data[at] | 0x100, at + 1
        if flags & 1:
            distance = (data[at] | (data[at + 1] & 0xF0) << 4) + 1
            for _ in range((data[at + 1] & 15) + 3):
                out.append(out[-distance])
            at += 2
        else:
            out.append(data[at])
            at += 1
        flags >>= 1
    return bytes(out)


def test_lz(host):
    for data in (b"", b"a", b"a" * 5000, TEXT * 3, bytes(range(256)) * 20, (ROOT / "build/labvisor").read_bytes()[:200_000]):
        status, packed = host("lz", "pack", stdin=data)
        assert status == 0 and unpacked(packed) == data
        assert host("lz", "unpack", stdin=packed) == (0, data)
    assert len(host("lz", "pack", stdin=b"a" * 5000)[1]) < 700
    packed = host("lz", "pack", stdin=TEXT * 3)[1]
    for at in range(len(packed)):  # damaged: other data, or words
        status, shown = host("lz", "unpack", stdin=packed[:at] + bytes([packed[at] ^ 0x55]) + packed[at + 1 :])
        assert status == 0 or (status, shown) == (1, b"lz: the input is damaged, or was not packed by lz\n")


def test_untar(host):
    listed = host("untar", stdin=TAR)[1].decode().splitlines()
    with tarfile.open(fileobj=io.BytesIO(TAR)) as tar:
        members = tar.getmembers()
        kinds = {tarfile.DIRTYPE: "folder", tarfile.REGTYPE: "file", tarfile.SYMTYPE: "link"}
        names = [member.name + "/" * member.isdir() for member in members]
        assert [line.split() for line in listed] == [
            [kinds[m.type], f"{m.mode:o}", str(m.size), name] for m, name in zip(members, names)
        ]
        for member in filter(tarfile.TarInfo.isreg, members):
            assert host("untar", member.name, stdin=TAR) == (0, tar.extractfile(member).read())
    at = TAR.index(b"folder/exact")
    for wrong, words in (
        (TAR[:at] + b"F" + TAR[at + 1 :], b"checksum is wrong"),
        (TAR[: at + 600], b"ends within a member"),
        (TAR[:at], b"has no end"),
        (b"text" * 200, b"no archive of the format ustar"),
    ):
        status, shown = host("untar", stdin=wrong)
        assert status == 1 and shown.splitlines()[-1].startswith(b"untar: ") and words in shown, shown


def test_coroutines_and_fibers(host):
    assert host("coroutines", "(1 (2 3))", "((1 2) 3)") == (0, b"1 1\n2 2\n3 3\n- -\nthe same\n")
    assert host("coroutines", "(1 2)", "(1 (3 4))") == (1, b"1 1\n2 3\ndifferent\n")
    primes = [n for n in range(2, 1001) if all(n % i for i in range(2, n))]
    assert host("fibers", "1000") == (0, "".join(f"{n}\n" for n in primes).encode())


# The seed, the keys, the score and the lines: what a program with the same rules has found.
GAMES = {
    "short": (203, b"aaa a dd wdddd  aaa  wdd ", 80, 2),
    "long": (1411, b"dddd d aa a ddd wwaaa d  aaa ddd wdddd wd dddd wwaa w aa wdddd aa waaaaa w ", 1340, 7),
}


def play(command, keys):
    """Plays at a terminal, whose keys come one by one. Returns the status and the last screen."""
    try:
        master, slave = pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminal to test with: {error}")
    process = subprocess.Popen(
        [*map(str, command)],
        stdin=slave,
        stdout=slave,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    shown, end = b"", time.monotonic() + 40
    try:
        while b"the end\r\n" not in shown and time.monotonic() < end:
            if select.select([master], [], [], 0.05)[0]:
                shown += os.read(master, 4096)
            elif keys and not termios.tcgetattr(slave)[3] & termios.ICANON:
                os.write(master, keys)
                keys = b""
        return process.wait(10), shown.split(b"\x1b[H")[-1].decode().splitlines()
    finally:
        process.kill()
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize("backend", ["host", *MISSING])
@pytest.mark.parametrize("game", GAMES)
def test_tetris(host, game, backend):
    """All four rows of a long piece at once are 1200 points."""
    if MISSING.get(backend):
        pytest.skip(MISSING[backend])
    seed, keys, score, lines = GAMES[game]
    theirs = [host.folder / "tetris", seed, 1_000_000]
    ours = theirs if backend == "host" else [LABVISOR, guest("programs/tetris", ARCH[backend]), *theirs[1:]]
    status, screen = play(ours, keys + b"q")
    assert (status, screen[-2:]) == (0, [f"score {score}, lines {lines} ", "the end"])
    assert (status, screen) == play(theirs, keys + b"q")


@pytest.mark.parametrize("backend", ["host", *MISSING])
def test_tetris_without_a_key(host, backend):
    """The pieces fall by themselves, until they are as high as the well."""
    if MISSING.get(backend):
        pytest.skip(MISSING[backend])
    theirs = [host.folder / "tetris", 5, 1]
    ours = theirs if backend == "host" else [LABVISOR, guest("programs/tetris", ARCH[backend]), *theirs[1:]]
    assert play(ours, b"") == play(theirs, b"")
    assert play(ours, b"")[1][-2:] == ["score 0, lines 0 ", "the end"]
