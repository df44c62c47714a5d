# SPDX-License-Identifier: MIT
"""What a submission earns that does not solve a lab, but executes, reads, embeds or prints what is expected.

The attacks know more than a student can: the inputs are those of a known day, so the printed text is right.
"""

import functools
import os
import re

import pytest

from handed import LABS, failed, hand_in, result_of, solution, sown  # noqa: F401

import checks
import confine
import differences
import grade
import handout
import memory
import seal
from conftest import why_no_riscv

pytestmark = pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv()))


def is_of_vmm(name):
    return "vmm/" in name


WITH_VMM = [number for number in LABS if any(is_of_vmm(name) for name in handout.load(number).files)]
# Labs whose student writes functions of a guest, beside the check's own code; the files with an attack.
GUESTS = {2: "stubs.h", 4: "print.c", 5: "log.c", 7: "vmem.c", 8: "tasks.c", 10: "block.c"}


@pytest.fixture(autouse=True)
def known_day(monkeypatch):
    monkeypatch.setattr(seal, "draw", lambda secret, submission, check: f"a known day {check}")


def check_of(number, name):
    check = next(check for check in handout.load(number).checks if check.name == name)
    return check.for_seed(seal.draw(b"", "", name))


def runs(number):
    return [check_of(number, check.name) for check in handout.load(number).checks if isinstance(check, checks.Run)]


def files_of(number, side):
    """The starter's files of a side, VMM or guest, which an attack changes; the other side is solved."""
    of_vmm = {name: is_of_vmm(name) for name in handout.load(number).files}
    starter, solved = handout.files(number), solution(number)
    return {name: solved[name] if other != (side == "vmm") and name[-4:] != ".txt" else starter[name] for name, other in of_vmm.items()}


@pytest.fixture(scope="module")
def starters_points(tmp_path_factory):
    """A function: the points of each check with a side that is the starter's."""

    @functools.cache
    def points_of(number, side):
        return points(result_of(number, hand_in(tmp_path_factory.mktemp("starter"), files_of(number, side))))

    return points_of


def points(result):
    assert not any("does not build" in row["words"] for row in result["checks"]), failed(result)
    return {row["name"]: row["points"] for row in result["checks"]}


def c_text(text):
    """Returns bytes as a C string; each has three digits, so that none continues the one before."""
    return '"' + "".join(f"\\{byte:03o}" for byte in text) + '"'


def c_bytes(text):
    return f"{c_text(text)}, {len(text)}"


# ---- VMM files ----

LOOK = """
#if %s
#define SEEN "embedded"
#else
#define SEEN 0
#endif
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
__attribute__((constructor)) static void look(void)
{
    static const char *const there[] = {"/usr/bin/python3", "/bin/sh", "/proc/self/exe", "%s", "labs", "/lab", "../tree"};
    char *const sh[] = {"sh", "-c", "exit 97", 0};

    for (unsigned i = 0; i < sizeof(there) / sizeof(there[0]); i++)
        if (access(there[i], F_OK) == 0)
            _exit(97);
    execv("/bin/sh", sh);
    if (SEEN || (%d && (fork() >= 0 || socket(AF_INET, SOCK_STREAM, 0) >= 0)))
        _exit(97);
}
"""


def looking(number):
    """Executes, reads and embeds; exits with 97 if any of it is possible."""
    folder = handout.folders()[number]
    places = ("../lab.py", "../../tools/checks.py", folder / "lab.py", f"/lab/labs/{folder.name}/lab.py", folder / "mutants.py", "labs/tools/seal.py")
    return LOOK % (" || ".join(f'__has_include("{place}")' for place in places), folder / "lab.py", confine.FILTER != b"")


PRINT = """
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
static void forge(const char *path, const char *text, size_t size)
{
    int fd = path ? open(path, O_WRONLY | O_TRUNC) : STDOUT_FILENO;

    ftruncate(fd, 0);
    lseek(fd, 0, SEEK_SET);
    if (write(fd, text, size) < 0)
        _exit(97);
}

/* Whether the guest has these arguments, which only its own memory tells. */
static int has(size_t data, const char *args, size_t size)
{
    int fd = open("ram", O_RDONLY);
    struct stat stat;
    char *ram;

    if (size == 0 || fstat(fd, &stat) < 0)
        return size == 0;
    ram = mmap(0, (size_t)stat.st_size, PROT_READ, MAP_SHARED, fd, 0);
    return ram != MAP_FAILED && memmem(ram + data, (size_t)stat.st_size - data, args, size);
}

static const char *guest;
__attribute__((constructor)) static void begin(int argc, char **argv)
{
    for (int i = 1; i < argc && !guest; i++)
        guest = strstr(argv[i], ".elf") ? argv[i] : 0;
}

__attribute__((%s)) static void print_it(int argc, char **argv)
{
    (void)argc, (void)argv;
    if (!guest)
        begin(argc, argv);
%s
}
"""
CASE = """    if (strstr(guest, "/%s.elf") && has(%d, %s)) {
        forge("trace", %s);
        forge(0, %s);
        if (write(STDERR_FILENO, %s) < 0)
            _exit(97);
        _exit(%d);
    }
"""


def printing(number, when, seen=None):
    """Prints what is expected, before the VMM's main, or at its end: then the guest has run, and its
    memory tells its arguments, and so what is expected. seen: how many of them the attack compares."""
    cases = ""
    for check in runs(number):
        exits = [exit.replace("*", "0") for exit in (*checks.START, *(check.trace or ()))]
        trace = "".join(f"[ 0.0 ms] vcpu0 #{n} {exit}  at 0x0\n" for n, exit in enumerate(exits, 1)).encode()
        told = "".join(f"{words}\n" for words in check.stderr).encode()
        args = b"".join(arg.encode() + b"\0" for arg in check.args[:seen]) if when == "destructor" else b""
        texts = (args, trace, (check.stdout or "").encode(), told)
        cases += CASE % (check.guest, data_of(number, check.guest), *map(c_bytes, texts), check.status)
    return PRINT % (when, cases)


def data_of(number, guest):
    """Where a guest's variables begin in its memory."""
    image = (grade.prepare(handout.load(number), os.cpu_count())[0] / f"build/{guest}.elf").read_bytes()
    return next(address for flags, _, address, _ in memory.segments(image) if flags & memory.WRITABLE) - memory.BASE


def attacked(number, tmp_path, attack):
    files = files_of(number, "vmm")
    name = next(filter(is_of_vmm, files))
    files[name] += attack
    return result_of(number, hand_in(tmp_path, files))


@pytest.mark.parametrize("number", WITH_VMM)
def test_executing_reading_embedding(number, tmp_path, starters_points):
    result = attacked(number, tmp_path, looking(number))
    assert points(result) == starters_points(number, "vmm")
    assert not [words for words in failed(result).values() if "exit status 97" in words]
    if not confine.FILTER:
        pytest.skip("no seccomp here: fork() and socket() were not tried, all else was")


@pytest.mark.parametrize("number", WITH_VMM)
def test_printing(number, tmp_path):
    earned = points(attacked(number, tmp_path, printing(number, "constructor")))
    assert {name for name, n in earned.items() if n} <= {check.name for check in runs(number) if check.starter_vmm}


@pytest.mark.parametrize("number", WITH_VMM)
def test_printing_at_the_end(number, tmp_path, starters_points):
    if number == 7 and not confine.FILTER:
        pytest.skip("no seccomp here: the VMM's own sandbox is what denies this attack its files")
    before = starters_points(number, "vmm")
    earned = points(attacked(number, tmp_path, printing(number, "destructor")))
    assert not {name: n for name, n in earned.items() if n > before[name]}


def test_printing_what_was_right_on_another_day(tmp_path, monkeypatch, starters_points):
    """The words that lab 7 asks for come from what is drawn. The attack sees which death is asked for."""
    attack = printing(7, "destructor", seen=1)
    monkeypatch.setattr(seal, "draw", lambda secret, submission, check: f"another day {check}")
    assert points(attacked(7, tmp_path, attack)) == starters_points(7, "vmm")


def test_that_printing_is_right(tmp_path, monkeypatch):
    """It would earn all runs' points, if the grader believed it."""
    monkeypatch.setattr(differences, "memory_difference", lambda *judged: None)
    earned = points(attacked(3, tmp_path / "vmm", printing(3, "constructor")))
    assert all(earned[check.name] == check.points for check in runs(3))
    earned = points(result_of(7, hand_in(tmp_path / "guest", in_guest(7, "end"))))
    assert all(earned[check.name] == check.points for check in runs(7) if check.status == 0)


PATCH = """
    char *image = (char *)memory_at(&vcpu->vm->memory, gpa(0x80200000), 0x10000), *word;

    while ((word = memmem(image, 0x10000, "wrong", 6)))
        memcpy(word, "right", 5);
"""


def test_changing_the_guests_words(tmp_path):
    """The guest would say `right` also where its word is `wrong`."""
    files = solution(3)
    name = next(filter(is_of_vmm, files))
    start = "void handle_LAB3_translate(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)\n{"
    assert start in files[name]
    files[name] = "#include <string.h>\n" + files[name].replace(start, start + PATCH)
    words = failed(result_of(3, hand_in(tmp_path, files)))["translate"]
    assert words == "the guest's code or constants have changed in its memory"


# ---- Guest files ----

# What only the grader's part of a guest says, which lies in the same memory (LAB.md).
FORGED = {2: {"edges": 15, "counts": 15}, 8: {"share": 20}}

GUEST = """
#include <call.h>
#include <guest.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
static const char *attack_args(void)
{
    static char args[4096];

    sbi_get_args(sizeof(args), (uintptr_t)args, 0);
    return args;
}

static int attack_has(const char *args, size_t size)
{
    extern char _data[], _end[];

    for (const char *at = _data; at + size < _end; at += 8)
        if (*at == *args && memcmp(at, args, size) == 0)
            return 1;
    return 0;
}

/* Finds the grader's part of this guest (seal.c), and has it say that the guest has printed a text and ended. */
static inline void forge(const char *said, size_t size, int status)
{
    extern char _data[], _end[];
    const uint32_t *code = (const uint32_t *)0x80200000;
    uint64_t words = 0xcbf29ce484222325, start, (*drawn)(uint64_t);

    while ((code[0] & 0xfff) != 0x2b7 || (code[1] & 0xfffff) != 0x28293 || (code[5] & 0xfff) != 0x2b7)
        code++;
    drawn = (uint64_t (*)(uint64_t))(uintptr_t)code;
    start = drawn(1 << 30);
    for (size_t i = 0; i < size; i++)
        words = (words ^ (unsigned char)said[i]) * 0x100000001b3;
    for (uint64_t *at = (uint64_t *)_data; (char *)at < _end; at++)
        if (*at == start)
            at[1] = drawn(words + (1 << 28) + (unsigned)status);
    sbi_exit((unsigned long)status);
}

static void attack(void)
{
    static int done;

    if (done++)
        return;
%s}
"""
GUEST_CASE = """    if (%sattack_has(%s)) {
        printf("%%s", %s);
        %s;
    }
"""
ENDINGS = {
    "go-on": lambda check: "",
    "end": lambda check: f"vm_exit({check.status})",
    "forge": lambda check: f"forge({c_bytes(check.says or b'')}, {check.status})",
}
FUNCTION = re.compile(r"^((?:static inline |static )?\w[\w ]*[ *]\w+\([^;{}]*\)\n\{\n)", re.M)


def in_guest(number, ending):
    cases = ""
    for check in sorted(runs(number), key=lambda check: not check.args):
        args = b"".join(arg.encode() + b"\0" for arg in check.args)
        guest = "" if check.args else f'strcmp(attack_args(), "{check.guest}.elf") == 0 && '
        cases += GUEST_CASE % (guest, c_bytes(args), c_text((check.stdout or "").encode()), ENDINGS[ending](check))
    files = files_of(number, "guest")
    name = next(name for name in files if name.endswith(GUESTS[number]))
    text, functions = FUNCTION.subn(r"\1    attack();\n", files[name])
    assert functions
    files[name] = GUEST % cases + text
    return files


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("number", GUESTS)
def test_printing_in_the_guest(number, ending, tmp_path, starters_points):
    before = starters_points(number, "guest")
    earned = points(result_of(number, hand_in(tmp_path, in_guest(number, ending))))
    assert {name: n for name, n in earned.items() if n > before[name]} == (FORGED.get(number, {}) if ending == "forge" else {})


def test_replacing_a_function_of_the_runtime(tmp_path):
    files = files_of(10, "guest")
    name = next(name for name in files if name.endswith("block.c"))
    files[name] += "int printf(const char *format, ...)\n{\n    (void)format;\n    return 0;\n}\n"
    words = failed(result_of(10, hand_in(tmp_path, files)))["events"]
    assert re.search("it does not build: .*(multiple definition|duplicate symbol).*printf", words), words


HEADER = """
#define main(argc, argv) not_main(argc, argv)
#include <stdio.h>
int not_main(int argc, char **argv);
__attribute__((weak)) int the_main(void) __asm__("main");
__attribute__((weak)) int the_main(void)
{
    printf("%s", TEXT);
    return 0;
}
"""


def test_a_header_is_no_part_of_the_checks_code(tmp_path, starters_points):
    """Lab 2's students write a header, which the guests include."""
    files = files_of(2, "guest")
    name = next(name for name in files if name.endswith("stubs.h"))
    files[name] += HEADER.replace("TEXT", c_text(check_of(2, "counts").stdout.encode()))
    assert points(result_of(2, hand_in(tmp_path, files))) == starters_points(2, "guest")
