# SPDX-License-Identifier: MIT
"""Marks that cannot be forged: what attacks earn, and what a submission may be without harm."""

import dataclasses
import json
import os
import pathlib
import subprocess
import tempfile
import time

import pytest

from handed import GRADE, LABS, failed, hand_in, handed_in, result_of, solution, sown, warm  # noqa: F401

import checks
import confine
import differences
import grade
import handout
import report
import sandbox
import seal
from conftest import ROOT, why_no_riscv

pytestmark = pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv()))

CONSTRUCTOR = """
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
__attribute__((constructor)) static void evil(void);
static void evil(void)
{
%s
}
"""

GUESTS = {"numbers", "strings", "edges", "counts"}  # which the student's VMM runs

# What is done in the VMM before its main, what the grader then has to say, and of which guests: of
# none where the attempt fails and harms nobody. The loop takes a second, and so it is in one run.
EVIL = {
    "loop": ("    for (volatile int i = open(\"build/edges.elf\", O_RDONLY) >= 0; i;)\n        ;", "did not end", {"edges"}),
    "fork": ("    for (int i = 0; i < 1000; i++)\n        if (fork() == 0)\n            for (setsid();;)\n                pause();", "", set()),
    "verdict": ('    puts("ok 20 of 20 numbers\\n100 of 100 points");', "of the output", GUESTS),
    "disk": ("    for (;;)\n        if (write(1, here, sizeof(here)) < 0)\n            _exit(98);", "wrote too much output", GUESTS),
    "kill": ("    kill(-1, SIGTERM);\n    kill(getppid(), SIGSTOP);", "", set()),
    "trace": ('    fputs("[ 0.0 ms] vcpu0 #1 LAB.exit(status=0)  at 0x0\\n", stderr);', "", set()),
    "ram": ('    truncate("ram", 4096);', "", GUESTS),
}
OUTSIDE = """    const char *const files[] = {"%s/new", "%s/victim", "../output/stdout", "build/labvisor", "/new"};
    for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        int fd = open(files[i], O_WRONLY | O_CREAT | O_TRUNC, 0666);

        if (fd >= 0 && write(fd, "100 of 100", 10) == 10)
            _exit(97);
    }
"""


@pytest.fixture(params=["bubblewrap", "chroot"])
def confined(request, monkeypatch):
    if request.param == "bubblewrap" and not sandbox.has_bubble():
        pytest.skip("bubblewrap is not installed, or does not work here")
    if request.param == "chroot":
        if os.geteuid() != 0:
            pytest.skip("only root can change its root")
        if not confine.FILTER:
            pytest.skip("Linux takes no seccomp filters here")
        monkeypatch.setattr(sandbox, "has_bubble", lambda: False)


def processes():
    """Those that are left of what this grader ran; as it is no other's user, of nothing else."""
    return subprocess.run(["pgrep", "-u", str(sandbox.user())], capture_output=True).stdout if os.geteuid() == 0 else b""


@pytest.mark.parametrize("what", EVIL)
def test_malicious_submission(what, tmp_path, confined, monkeypatch):
    """It gets nothing for it, or what it deserves otherwise, and the grader goes on."""
    code, words, guests = EVIL[what]
    data = "static char here[1 << 16];\n" if what == "disk" else ""
    directory = handed_in(tmp_path, handlers=CONSTRUCTOR.replace("__attr", f"{data}__attr", 1) % code)
    lab = handout.load(2)
    if what == "loop":
        monkeypatch.setattr(sandbox, "RUN", dataclasses.replace(sandbox.RUN, cpu=1))
    wrong = failed(grade.grade(lab, directory, os.cpu_count()))
    assert set(wrong) == guests
    assert all(words in text for text in wrong.values())
    assert not processes()


def test_writing_outside(tmp_path, confined):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim").write_text("mine")
    directory = handed_in(tmp_path, handlers=CONSTRUCTOR % (OUTSIDE % (outside, outside)))
    result = result_of(2, directory)
    assert (outside / "victim").read_text() == "mine"
    assert [path.name for path in outside.iterdir()] == ["victim"]
    assert failed(result) == {}


LINKS = """    rename("files", "moved");
    symlink("%s", "files");
"""


def test_a_link_for_a_folder(tmp_path, confined):
    """Lab 6's runs may write to files/."""
    outside = tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "folder/plain").write_text("mine")
    tmp_path.chmod(0o755)
    files = solution(6)
    name = "labs/06-files/vmm/files.c"
    files[name] += CONSTRUCTOR % (LINKS % outside)
    grade.grade(handout.load(6), hand_in(tmp_path / "work", files), os.cpu_count())
    assert (outside / "folder/plain").read_text() == "mine"
    assert sorted(path.name for path in outside.rglob("*")) == ["folder", "plain"]


# ---- What a run is judged from ----


def test_inputs_are_drawn_when_grading():
    """Another submission, check or secret has others, and the same one the same: it can be graded again."""
    draws = [seal.draw(*words) for words in ((b"s", "a", "c"), (b"t", "a", "c"), (b"s", "b", "c"), (b"s", "a", "d"))]
    assert len(set(draws)) == 4 and seal.draw(b"s", "a", "c") == draws[0]
    numbers = [check for check in handout.load(2).checks if check.name == "numbers"][0]
    assert numbers.for_seed(draws[0]).args != numbers.for_seed(draws[1]).args
    assert "labs/secret.txt" not in handout.files(2)


def test_a_seal_hides_the_arguments():
    one, other = seal.Seal("one"), seal.Seal("other")
    image = b"x" + seal.BLOCK + bytes(24 + seal.ARGS_SIZE) + seal.DRAWN + bytes(4 * seal.INSTRUCTIONS)
    sealed = one.image(image, ("the arguments",))
    assert b"arguments" not in sealed and b"labvisor" not in sealed and len(sealed) == len(image)
    assert one.start() != other.start() and one.said(b"text", 0) not in (one.said(b"text"), one.said(b"text", 1), one.said(b"other", 0), other.said(b"text", 0))
    assert one.image(image + seal.BLOCK, ()) is None


# ---- Hostile output, files and folders ----

FILES = r"""    char line[256] = "";

    (void)!read(open("build/copy.elf", O_RDONLY), line, 1); /* which is there in one of the runs */
    if (!line[0] || chdir("files"))
        return;
    mkdir("a\nb\xff", 0700);
    close(open("\xff\n", O_CREAT | O_WRONLY, 0));
    mkdir("none", 0);
    for (int i = 0; i < 4000 && mkdir("d", 0700) == 0; i++)
        chdir("d");
    _exit(0);
"""


def test_hostile_files(tmp_path, confined):
    files = solution(6)
    files["labs/06-files/vmm/files.c"] += CONSTRUCTOR % FILES
    result = result_of(6, hand_in(tmp_path, files))
    assert set(failed(result)) == {"copy"} and json.loads(report.text("json", result, tmp_path)) == result
    assert not [path for path in sandbox.scratch_place().glob("labvisor-grade-*") if path.stat().st_uid == os.geteuid() and (path / "tree").exists() and not in_use(path)]


def in_use(path):
    """Whether another grader holds it."""
    return subprocess.run(["flock", "-n", path, "true"]).returncode != 0


STREAMS = {
    "signal": ("    raise(40);", "the VMM was killed by signal 40"),
    "newlines": ("    for (int i = 0; i < 80000; i++)\n        fputc('\\n', stderr);\n    _exit(0);", ""),
    "sparse": ('    ftruncate(1, 40l << 30);', "it wrote too much output"),
    "bytes": ('    write(1, "\\xff\\0\\033[2J\\n", 7);', "of the output: expected '"),
}


@pytest.mark.parametrize("what", STREAMS)
def test_hostile_streams(what, tmp_path):
    code, words = STREAMS[what]
    begun = time.monotonic()
    wrong = failed(result_of(2, handed_in(tmp_path, handlers=CONSTRUCTOR % code)))
    assert set(wrong) == GUESTS and all(words in text and text.isprintable() for text in wrong.values())
    assert time.monotonic() - begun < 60


def test_comparing_is_linear():
    begun = time.process_time()
    assert differences.words_difference(["a*b*c*d", "e"], ["ab" * 100_000] * 20 + [""] * 80_000)
    assert time.process_time() - begun < 5
    for pattern, text, right in (("a*c", "abc", True), ("a*b*b", "ab", False), ("*", "", True), ("ab", "abc", False), ("a*", "ba", False)):
        assert differences.fits(pattern, text) == right


def test_hostile_folder(tmp_path):
    """A file of 40 GiB, a pipe, no rights, names that are no text, and a program that git would run."""
    directory = handed_in(tmp_path)
    answers, handlers = (directory / "labs/02-hypercalls" / name for name in ("answers.txt", "vmm/handlers.c"))
    os.truncate(answers, 40 << 30)
    handlers.unlink()
    os.mkfifo(handlers)
    (directory / os.fsdecode(b"\xff\n")).write_text("x")
    (directory / "none").mkdir(mode=0)
    (directory / ".git").mkdir()
    (directory / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (directory / ".git/config").write_text(f'[core]\n\trepositoryformatversion = 0\n\tfsmonitor = "touch {tmp_path}/ran"\n[diff]\n\texternal = "touch {tmp_path}/ran"\n')
    result = result_of(2, directory)
    assert set(result["not_submitted"]) == {"labs/02-hypercalls/vmm/handlers.c", "labs/02-hypercalls/answers.txt"}
    for form in report.FORMS:
        report.text(form, result, directory)
    assert not (tmp_path / "ran").exists()


BOMB = "".join(f"#define A{n + 1} A{n} A{n} A{n} A{n} A{n} A{n} A{n} A{n}\n" for n in range(12)) + "#define A0 1 +\nint bomb = A12 1;\n"


def test_a_bomb_for_the_compiler(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "BUILD", dataclasses.replace(sandbox.BUILD, cpu=2, memory=256 << 20))
    result = result_of(2, handed_in(tmp_path, handlers="\n" + BOMB))
    assert result["points"] == 20 and "it does not build" in failed(result)["numbers"]


FILL = "head -c 40M /dev/zero >%s/a && head -c 40M /dev/zero >%s/b && echo both"


@pytest.mark.parametrize("place", ["/dev/shm", "/tmp"])
def test_memory_is_not_filled_by_files(place, tmp_path, confined):
    base, _ = grade.prepare(handout.load(2), os.cpu_count())
    with grade.tree_of(base, {}) as (tree, output):
        outcome = sandbox.build(["sh", "-c", FILL % (place, place)], tree, output, sandbox.Deadline())
    assert outcome.status and not outcome.stdout


def test_what_a_killed_grader_has_left(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "scratch_place", lambda: tmp_path)
    held, lock = sandbox.scratch()
    left = tmp_path / "labvisor-grade-left"
    (left / "none").mkdir(parents=True)
    (left / "none").chmod(0)
    for path in (held, left):
        os.utime(path, (0, 0))
    made, other = sandbox.scratch()
    assert sorted(tmp_path.iterdir()) == sorted((held, made))
    os.close(lock)
    os.close(other)


# ---- Where it is not closed, it is not graded ----


def test_nothing_is_closed_without_filters(monkeypatch):
    """Where Linux takes no seccomp filters, a chroot alone does not confine."""
    monkeypatch.setattr(sandbox, "has_bubble", lambda: False)
    monkeypatch.setattr(confine, "FILTER", b"")
    assert not sandbox.is_closed() and "not confined" in sandbox.how()


def test_refusal(tmp_path):
    """Without bubblewrap another user's grader refuses, and --unsafe has to be said."""
    options = {"env": {"PATH": str(tmp_path)}, "capture_output": True, "text": True}
    if os.geteuid() == 0:
        options |= {"user": 65534, "group": 65534, "extra_groups": []}
    if os.geteuid() == 0 and subprocess.run(["test", "-r", GRADE], user=65534, group=65534).returncode:
        pytest.skip("the checkout can be read by this user only")
    result = subprocess.run(["/usr/bin/python3", GRADE, "--lab", "2", "."], cwd="/", **options)
    assert result.returncode == 1 and "a submission can do harm here" in result.stderr and "--unsafe" in result.stderr


DOCKER = "chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,mknod,audit_write,setfcap"
INSIDE = """import sys
sys.path[:0] = [{tools!r}]
import grade, handout, pathlib, sandbox
sandbox.has_bubble = lambda: False
assert sandbox.is_closed()
print(grade.grade(handout.load(2), pathlib.Path({directory!r}), 2)["points"])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up capabilities")
def test_in_a_container_without_namespaces(tmp_path):
    """With the capabilities that Docker leaves to root."""
    code = INSIDE.format(tools=str(ROOT / "labs/tools"), directory=str(handed_in(tmp_path)))
    kept = ",".join(f"+{name}" for name in DOCKER.split(","))
    command = ["setpriv", "--bounding-set", f"-all,{kept}", "--", "/usr/bin/python3", "-B", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.stdout == "100\n", result.stderr


# ---- The same points everywhere ----


def test_the_words_of_the_asm_statement():
    """clang 14 keeps the stores that gcc omits, so a run alone would not tell."""
    strings = next(check for check in handout.load(2).checks if check.name == "strings")
    files, name = solution(2), "labs/02-hypercalls/guest/stubs.h"
    def lacks(text):
        found = differences.source_difference(strings, {**files, name: text}.get)
        return found and found.expected

    assert lacks(files[name]) is None
    for old, new, lacking in (
        (' : "memory");', '); /* : "memory" */', "memory"),
        ("__asm__ volatile", "__asm__", "operands"),
        ('"+r"(a0), "+r"(a1)', '"=r"(a0), "=r"(a1)', "operands"),
        ('"+r"(a0), "+r"(a1) :', '"+r"(a0) : "r"(a1),', "operands"),
        ('"+r"(a0), "+r"(a1) : ', '"=r"(a0), "=r"(a1) : "0"(a0), "1"(a1), ', None),
    ):
        assert old in files[name] and lacks(files[name].replace(old, new)) == lacking, old
    assert lacks(handout.files(2)[name]) is None  # the run tells more


def test_an_address_is_masked_in_any_base():
    expected, told = ["LAB2.put_string(num_bytes=3, *) = 3"], ["LAB2.put_string(num_bytes=2149601296, base_addr=0x80203010) = 1"]
    found = differences.trace_difference(expected, told, True)
    assert found.words.endswith("got LAB2.put_string(num_bytes=*, base_addr=*) = 1")
    expected, told = ["LAB.get_args(num_bytes=4096, base=*) = *"], ["LAB.get_args(num_bytes=1, base=0x17) = failed"]
    assert differences.trace_difference(expected, told, True).got == "LAB.get_args(num_bytes=1, base=*) = failed"
    check = checks.Run("large", 5, "large", stdout="2 MiB: 158db2\n")
    outcome = sandbox.Outcome(0, 0, b"2 MiB: 7f37b3b58db2\n", b"")
    found = differences.difference(check, outcome, b"", {})
    assert differences.shown(found.words).endswith("expected '2 MiB: 158db2', got '2 MiB: *'")


def test_what_was_in_memory_is_not_told():
    """After a character that is no text: it differs by compiler."""
    assert differences.printable(" a\tb\n") == "a b" and differences.printable("a\0b") == "a…" and differences.printable("a\ufffdb") == "a…"
    assert differences.printable("abc", 2) == "a…"


def test_another_compiler(monkeypatch):
    """It is told, what the one before has built is not used, and an instructor may pin one."""
    lab, words = handout.load(0), []
    monkeypatch.setattr(grade, "make", lambda base, *asked: words.append(asked[0]) or subprocess.CompletedProcess((), 0, tools, ""))
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(grade, "base_of", lambda lab: pathlib.Path(folder))
        tools, digests = "cc 1\n", []
        for tools in ("cc 1\n", "cc 1\n", "cc 2\n"):
            digests.append(grade.prepare(lab, 2)[1])
            (pathlib.Path(folder) / "base/build/object.o").touch()
        assert digests[0] == digests[1] != digests[2] and words.count("toolchain") == 3 and words.count("-j2") == 2
        pin = pathlib.Path(folder) / "toolchain.txt"
        monkeypatch.setattr(grade, "PINNED", pin)
        pin.write_text("cc 2\n")
        grade.prepare(lab, 2)
        pin.write_text("cc 1\n")
        with pytest.raises(SystemExit, match="here is cc 2, but marks are for cc 1"):
            grade.prepare(lab, 2)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A handout of lab 2, with the solution."""
    tree = tmp_path_factory.mktemp("handout") / "lab"
    handout.write(handout.files(2), tree)
    warm(2, tree)
    return hand_in(tree, solution(2))


def test_a_changed_file_is_named_and_not_used(tree):
    """In the student's own tree, and by the instructor's: the same points."""
    for name, text in (("vmm/core/run.c", "#error"), ("labs/02-hypercalls/lab.py", "LAB = None"), ("labs/02-hypercalls/guest/edges.c", "")):
        (tree / name).write_text(text)
    own = subprocess.run(["make", "-s", "grade"], cwd=tree, capture_output=True, text=True)
    assert own.stdout.endswith("     100 of 100  points\n"), own.stdout + own.stderr
    assert "not used, because it is not handed in: labs/02-hypercalls/guest/edges.c" in own.stdout
    result = result_of(2, tree)
    assert set(result["changed"]) == {"vmm/core/run.c", "labs/02-hypercalls/lab.py", "labs/02-hypercalls/guest/edges.c"}
    assert own.stdout == report.terminal(result)


def test_a_missing_semicolon_in_a_handout(tree):
    name = "labs/02-hypercalls/vmm/handlers.c"
    right = (tree / name).read_text()
    (tree / name).write_text(right + "int x = 1\n")
    own = subprocess.run(["make", "-s", "grade"], cwd=tree, capture_output=True, text=True)
    (tree / name).write_text(right)
    assert "it does not build: labs/02-hypercalls/vmm/handlers.c:" in own.stdout and "error: expected" in own.stdout
    assert own.stdout.endswith("      20 of 100  points\n")


def test_a_question_with_two_answers_is_no_oracle(tmp_path):
    """A handout does not have the right one, in any form."""
    for number, name in ((1, "kick_counts"), (8, "wfi_ends"), (9, "rest_belongs_to"), (10, "guest_counter"), (11, "undone")):
        ours = next(check for check in handout.load(number).checks if check.name == name)
        text = handout.files(number)[f"{handout.folders()[number].relative_to(ROOT)}/lab.py"]
        assert ours.sealed and ours.sealed not in text
        theirs = {}
        exec(text, theirs)
        assert next(check for check in theirs["LAB"].checks if check.name == name).later
