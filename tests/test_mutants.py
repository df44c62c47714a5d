# SPDX-License-Identifier: MIT
"""The tool of `make mutants`, on a tiny program of its own."""

import pathlib

import pytest

import mutants
import mutants_lines
from mutants_lines import Mutant

SOURCE = '''\
#include "a.h"
/* a < b in a
 * comment: 1 + 1 */
static int limit = 10;
#define ADD(a, b) (a + b)

__attribute__((format(printf, 1, 2))) static int less(int a,
                                                      int b)
{
    // LAB 1: starter
    // return a > 7;
    // LAB 1: solution
    const char *text = "1 + 1 == 2"; /* 3 + 3 */
#define TWO(x) \\
    (x - 2)

    if (a < b && *text)
        return TWO(a);
    call(text, '4');
    return true;
    // LAB 1: end
}
'''


def lines(kind=None):
    return {m.after.strip() for m in mutants_lines.mutants("a.c", SOURCE) if kind in (None, m.kind)}


def test_what_is_changed():
    assert lines("compare") == {"if (a <= b && *text)", "if (a >= b && *text)"}
    assert lines("logic") == {"if (a < b || *text)"}
    assert lines("condition") == {"if (0 && (a < b && *text))", "if (1 || (a < b && *text))"}
    assert lines("statement") == {"while (0) call(text, '4');"}
    assert lines("truth") == {"return false;"}
    assert lines("return") == {f"return {n};" for n in (0, 1)}
    assert lines() == set().union(*map(lines, ("compare", "logic", "condition", "statement", "truth", "return")))
    assert {m.function for m in mutants_lines.mutants("a.c", SOURCE)} == {"less"}


def test_a_mutant_is_one_line():
    for mutant in mutants_lines.mutants("a.c", SOURCE):
        changed = mutants_lines.apply(SOURCE, mutant)
        differ = [i for i, (a, b) in enumerate(zip(SOURCE.split("\n"), changed.split("\n"))) if a != b]
        assert differ == [mutant.line]


def test_arithmetic_and_constants():
    body = "int f(void)\n{\n    x += 0x10 << n % 2;\n    i++;\n    g(!ok, 0, y1);\n}\n"
    found = {(m.kind, m.after.strip()) for m in mutants_lines.mutants("a.c", body)}
    sizes = "int f(void)\n{\n    char text[256], *a;\n    free(a);\n}\n"
    assert not list(mutants_lines.mutants("a.c", sizes))
    assert found == {
        ("arithmetic", "x -= 0x10 << n % 2;"), ("arithmetic", "x += 0x10 >> n % 2;"), ("arithmetic", "x += 0x10 << n / 2;"),
        ("constant", "x += 0x11 << n % 2;"), ("constant", "x += 0x10 << n % 3;"), ("constant", "x += 0x10 << n % 1;"),
        ("statement", "while (0) x += 0x10 << n % 2;"), ("arithmetic", "i--;"), ("statement", "while (0) i++;"),
        ("not", "g(ok, 0, y1);"), ("constant", "g(!ok, 1, y1);"), ("statement", "while (0) g(!ok, 0, y1);"),
    }  # fmt: skip


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with a program and a test of it."""
    root = tmp_path / "root"
    (root / "build/vmm").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "vmm").mkdir()
    (root / "vmm/main.c").write_text(
        "int main(int argc, char **argv)\n{\n    (void)argv;\n    if (argc > 3)\n        return 0;\n    return argc != 2;\n}\n"
    )
    (root / "Makefile").write_text(
        "VMM_CC := cc\nVMM_CFLAGS := -O1 -g\nVMM_OBJS := build/vmm/main.c.o\n"
        "build/labvisor: vmm/main.c\n\t$(VMM_CC) -c -o $(VMM_OBJS) $^ && $(VMM_CC) -o $@ $(VMM_OBJS)\n"
    )
    (root / "tests/test_it.py").write_text(
        "import subprocess\n\ndef test_status():\n    assert subprocess.call(['build/labvisor', 'a']) == 0\n"
        "    assert subprocess.call(['build/labvisor']) == 1\n"
    )
    assert mutants.run_limited(["make", "-s", "build/labvisor"], root, 60)[0] == 0
    monkeypatch.setattr(mutants, "ROOT", root)
    monkeypatch.setattr(mutants, "NEAREST", [("vmm/*", ["test_it.py"])])
    monkeypatch.setattr(mutants, "BASELINES", {})
    return root


def mutant(root, before, after):
    text = (root / "vmm/main.c").read_text().split("\n")
    return Mutant("vmm/main.c", "main", text.index(before), "", before, after)


def test_killed_or_not(checkout, tmp_path):
    worker = mutants.Worker(tmp_path / "worker")
    worker.baseline("test_it.py")
    line = "    return argc != 2;"
    assert worker.try_mutant(mutant(checkout, line, "    return argc == 2;")) == (True, "tests/test_it.py::test_status")
    assert worker.try_mutant(mutant(checkout, "    if (argc > 3)", "    if (argc >= 3)")) == (True, None)
    assert worker.try_mutant(mutant(checkout, line, "    return argc - 2 != 0;")) == (False, None)  # the same object
    assert worker.try_mutant(mutant(checkout, line, "    return nonsense;")) == (False, None)
    assert (worker.folder / "vmm/main.c").read_text() == (checkout / "vmm/main.c").read_text()


def test_what_takes_too_long_is_killed(checkout, tmp_path, monkeypatch):
    worker = mutants.Worker(tmp_path / "worker")
    monkeypatch.setattr(mutants, "BASELINES", {"test_it.py": -2.9})  # 1.3 s are left
    (worker.folder / "tests/test_it.py").write_text("import time\n\ndef test():\n    time.sleep(30)\n")
    line = "    return argc != 2;"
    assert worker.try_mutant(mutant(checkout, line, "    return argc == 2;")) == (True, "time: test_it.py")


def test_the_draw(monkeypatch):
    """By the seed alone; every folder and function first; none that is argued away."""
    paths = mutants.find_files(["vmm/services", "vmm/image"])
    draws = [mutants.Draw(paths, 1, 40) for _ in range(2)]
    drawn = [[draw.take(key) for key in iter(draw.turn, None)] for draw in draws]
    assert drawn[0] == drawn[1] and len(drawn[0]) == 40
    assert len({(m.path, m.function) for m in drawn[0]}) == 40
    assert {str(pathlib.Path(m.path).parent) for m in drawn[0][:2]} == {"vmm/services", "vmm/image"}
    monkeypatch.setattr(mutants, "EQUIVALENT", {drawn[0][0].key: "a reason"})
    draw = mutants.Draw(paths, 1, 40)
    assert drawn[0][0] not in [draw.take(key) for key in iter(draw.turn, None)]


def test_every_reason_is_about_a_line_that_is_there():
    known = {m.key for path in mutants.find_files(mutants.FILES) for m in mutants_lines.mutants(path, (mutants.ROOT / path).read_text())}
    assert [key for key in mutants.EQUIVALENT if key not in known] == []
