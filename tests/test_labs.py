# SPDX-License-Identifier: MIT
"""The labs, and the grader: it tells right from wrong, and survives every submission."""

import json
import os
import re
import shutil
import subprocess

import pytest

from conftest import ROOT, why_no_riscv
from shown import of_any_compiler

from handed import LABS, UNSAFE, failed, hand_in, handed_in, result_of, run_grade, solution, sown, warm  # noqa: F401

import checks
import forms
import grade
import handout
import kit
import report
import sandbox

pytestmark = pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv()))


@pytest.mark.parametrize("number", LABS)
def test_starter_fails_its_checks(number, tmp_path):
    """In a handout of its own: it builds, and every check fails but those that were given."""
    handout.write(handout.files(number), tmp_path)
    result = result_of(number, tmp_path)
    assert set(failed(result)) == {check.name for check in handout.load(number).checks if not check.given}
    assert not any("does not build" in words for words in failed(result).values())


@pytest.mark.parametrize("number", LABS)
def test_handout_has_no_trace_of_the_solution(number, tmp_path):
    """Where it has been taken out, and in all that is about labs."""
    files = handout.files(number)
    sources = {name: (ROOT / name).read_text() for name in files if (ROOT / name).exists()}
    taken, lines = {}, set()
    for name, text in sources.items():
        kept, taken[name] = handout.split(text, number)
        lines |= {line.strip() for line in taken[name] if len(line.strip()) > 32 and line not in kept}
    assert lines
    watched = [text for name, text in files.items() if taken.get(name) or name[:5] in ("labs/", "READM")]
    assert [line for line in lines if line in "\n".join(watched)] == []
    assert not [name for name in files if "mutant" in name or name.endswith("answers.py")]
    for text in files.values():
        assert not re.search(r"^\s*(//|#) LAB \d+: \w+$", text, re.M)


@pytest.mark.parametrize("number", LABS)
def test_solution_gets_all(number, tmp_path):
    """In a handout elsewhere, as a student gets it and hands it in: make grade."""
    tree = tmp_path / "lab"
    subprocess.run([ROOT / "labs/tools/handout.py", str(number), tree], check=True, capture_output=True)
    warm(number, tree)
    hand_in(tree, solution(number))
    result = subprocess.run(["make", "grade"], cwd=tree, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert re.search(r"     100 of 100  points\n$|      95 of 100  points; up to 5 more after the deadline\n$", result.stdout), result.stdout


@pytest.mark.parametrize("number", LABS)
def test_solution_is_right_whatever_is_drawn(number):
    """With weights of 9 to 1, lab 9's shares were 91 % for draw 13."""
    lab = handout.load(number)
    base, _ = grade.prepare(lab, os.cpu_count())
    with grade.tree_of(base, {name: text.encode() for name, text in solution(number).items()}) as (tree, output):
        assert grade.build(tree, output) is None
        for check in (check for check in lab.checks if isinstance(check, checks.Run) and check.case):
            for draw in ("0", "1", "2", "3", "13"):
                found = grade.play(check.for_seed(draw), draw, base, tree, output, sandbox.Deadline())
                assert found is None, (check.name, draw, found)


def test_reading_what_is_not_its_own(tmp_path):
    """Neither by a link, nor by the preprocessor."""
    secret = tmp_path / "secret"
    secret.write_text("#error the-secret\n")
    directory = handed_in(tmp_path, stubs=f'\n#include "{secret}"\n')
    assert "the-secret" not in json.dumps(result_of(2, directory)) or not sandbox.has_bubble()
    name = "labs/02-hypercalls/guest/stubs.h"
    (directory / name).unlink()
    (directory / name).symlink_to(secret)
    assert name in result_of(2, directory)["not_submitted"]


def test_only_the_labs_files_count(tmp_path):
    """A student's own lab.py, Makefile and VMM are not looked at."""
    directory = handed_in(tmp_path)
    files = {"Makefile": "programs:\n\ttrue\n", "vmm/main/main.c": "#error\n", "labs/02-hypercalls/lab.py": "LAB = 1\n"}
    hand_in(directory, files)
    assert result_of(2, directory)["points"] == 100
    (directory / "labs/02-hypercalls/vmm/handlers.c").unlink()
    result = result_of(2, directory)
    assert result["not_submitted"] == ["labs/02-hypercalls/vmm/handlers.c"] and result["points"] < 50


def test_a_solution_by_another_author(tmp_path):
    shutil.copy(ROOT / "tests/submissions/files.c", tmp_path)
    shutil.copy(ROOT / "labs/06-files/answers.txt", tmp_path)
    assert failed(result_of(6, tmp_path)) == {}


@pytest.mark.parametrize("outer", ["labs/", "labs/02-hypercalls/"])
def test_an_upload_without_outer_folders(outer, tmp_path):
    hand_in(tmp_path, {name.removeprefix(outer): text for name, text in solution(2).items()})
    assert result_of(2, tmp_path)["points"] == 100


def test_an_upload_without_folders(tmp_path):
    for name, text in solution(2).items():
        (tmp_path / name.rsplit("/")[-1]).write_text(text)
    assert result_of(2, tmp_path)["points"] == 100


def test_grading_twice_gives_the_same(tmp_path):
    directory = handed_in(tmp_path, answers="\nid=another\npc_advance=8\n")
    one, other = (report.text(form, result_of(2, directory), directory) for form in ("json", "json"))
    assert one == other and '"points": 95' in one


def test_does_not_build(tmp_path):
    result = result_of(2, handed_in(tmp_path, handlers="\nint x = ;\n"))
    assert result["points"] == 20  # the answers
    assert "it does not build: labs/02-hypercalls/vmm/handlers.c:" in failed(result)["numbers"]


@pytest.mark.parametrize("older", [False, True])
def test_does_not_build_in_a_newer_tree(tmp_path, older):
    """Then the words tell the version of the handout, if it is submitted, from a mistake of the student."""
    directory = handed_in(tmp_path, handlers="\nint x = ;\n")
    (directory / "vmm/core").mkdir(parents=True, exist_ok=True)
    header = (ROOT / "vmm/core/version.h").read_text()
    (directory / "vmm/core/version.h").write_text(header.replace("0.", "9.") if older else header)
    assert ("by another version of labvisor" in failed(result_of(2, directory))["numbers"]) == older


def test_reports(tmp_path):
    """The same checks in each form."""
    directory = handed_in(tmp_path, answers="\npc_advance=8\n")
    result = result_of(2, directory)
    lines = report.terminal(result)
    assert "FAIL   0 of   5  pc_advance\n" in lines and lines.endswith("      95 of 100  points\n")
    scope = report.gradescope(result)
    assert scope["score"] == 95 == sum(test["score"] for test in scope["tests"])
    assert sum(test["max_score"] for test in scope["tests"]) == 100
    fifty = report.classroom50(result, directory)
    assert (fifty["schema"], fifty["score"], fifty["max-score"]) == ("classroom50/result/v1", 95, 100)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", fifty["datetime"])
    assert [test["test-name"] for test in fifty["tests"] if not test["passed"]] == ["pc_advance"]
    tree = report.ET.fromstring(report.junit(result))
    assert (tree.get("tests"), tree.get("failures")) == ("9", "1")
    assert [case.get("name") for case in tree.iter("testcase") if case.find("failure") is not None] == ["pc_advance"]


@pytest.mark.skipif(bool(UNSAFE), reason="nothing confines a submission here")
def test_gradescope(tmp_path):
    """The zip as Gradescope unpacks and runs it, then with a grader that fails."""
    archive = tmp_path / "lab2.zip"
    subprocess.run([ROOT / "labs/tools/gradescope.py", "zip", "2", archive], check=True, capture_output=True)
    place = tmp_path / "autograder"
    (place / "results").mkdir(parents=True)
    subprocess.run(["/usr/bin/python3", "-m", "zipfile", "-e", archive, place / "source"], check=True)
    warm(2, place / "source/labvisor")
    hand_in(place / "submission", solution(2))
    stamp = place / "source/labvisor/build/grader/02-hypercalls/stamp"
    stamp.unlink()
    (tmp_path / "apt-get").symlink_to("/bin/true")
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["sh", "source/setup.sh"], cwd=place, env=environment, check=True)
    assert stamp.exists()
    grader = place / "source/labvisor/labs/labvisor-grade"
    grader.chmod(0o755)

    def run_autograder():
        subprocess.run(["sh", "source/run_autograder"], cwd=place, check=True, capture_output=True)
        assert [path.name for path in (place / "results").iterdir()] == ["results.json"]
        return json.loads((place / "results/results.json").read_text())

    assert run_autograder()["score"] == 100
    grader.write_text("#!/bin/sh\necho no space left >&2\nexit 1\n")
    result = run_autograder()
    assert "score" not in result and result["output"].endswith("Tell your instructor: no space left")


def test_many_submissions(tmp_path):
    """A result each, a summary, and what is done is not done again."""
    for name in ("ada", "bob", "eve"):
        hand_in(tmp_path / name, solution(2))
    answers = tmp_path / "eve/labs/02-hypercalls/answers.txt"
    answers.write_text(answers.read_text().replace("id=reference", "id=eve").replace("=a7", "=a6"))
    out = tmp_path / "results"
    names = [tmp_path / name for name in ("ada", "bob", "eve")]
    result = run_grade("--lab", 2, "-j2", "--results", out, *names)
    assert result.returncode == 0, result.stderr
    ada, bob, eve, total = result.stdout.splitlines()
    assert re.fullmatch(r"ada +100 of 100  the same id as bob", ada) and re.fullmatch(r"bob +100 of 100  the same id as ada", bob)
    assert re.fullmatch(r"eve +95 of 100  eid_register", eve)
    assert total == "3 graded, mean 98, full marks 2"

    times = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    answers.write_text(answers.read_text().replace("=a6", "=a7"))
    next(out.glob("bob-*")).unlink()
    assert run_grade("--lab", 2, "--results", out, *names).returncode == 0
    again = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert [name[:4] for name in sorted(times) if times[name] != again[name]] == ["bob-", "eve-"]
    assert json.loads(next(out.glob("eve-*")).read_text())["points"] == 100


# ---- What the labs' README.md say ----


@pytest.fixture(scope="module")
def starters(tmp_path_factory):
    """The built starter of each lab, as a student has it after the first make."""
    made = {}

    def starter(number):
        if number not in made:
            made[number] = tmp_path_factory.mktemp("starter") / "tree"
            base, _ = grade.prepare(handout.load(number), os.cpu_count())
            subprocess.run(["cp", "-a", base, made[number]], check=True)
            handout.write(handout.files(number), made[number])
            for sealed in (*made[number].glob("build/*.elf"), *made[number].glob("build/riscv64/labs/*/guest/*.o")):
                sealed.unlink()
            subprocess.run(["make", "-s", "programs"], cwd=made[number], check=True)
            warm(number, made[number])
        return made[number]

    return starter


def blocks(number, language):
    text = (handout.folders()[number] / "README.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def without_what_varies(text):
    text = re.sub(r"^\[ *[0-9.]+ ms\]", "[]", of_any_compiler(text), flags=re.M)
    text = re.sub(r"Makefile:\d+", "Makefile", text)
    text = re.sub(r"(\.[chS]:|, line |^)\d+(?=\t|\.?$|[)])", r"\1N", text, flags=re.M)
    text = re.sub(r"\b\d{9,}\b|process \d+", "N", text)
    return re.sub(r"0x[0-9a-f]{5,}( \w+\+0x[0-9a-f]+)?", "0x", text)


def shown(starter, command):
    result = subprocess.run(["sh", "-c", f"({command}) 2>&1"], cwd=starter, capture_output=True, text=True)
    return result.returncode, result.stdout


def test_the_vmm_is_linked_only_once(tmp_path):
    """The script links again where a student's file calls what no file of the VMM calls; else not."""
    base, _ = grade.prepare(handout.load(2), os.cpu_count())
    tree = tmp_path / "kit"
    shutil.copytree(grade.kit_of(base), tree)
    lines = (tree / kit.SCRIPT).read_text().splitlines()
    once = [line.split(" 2>/dev/null || ")[0] for line in lines]
    assert once != lines
    subprocess.run(["sh", "-c", "\n".join(once)], cwd=tree, check=True)


@pytest.mark.parametrize("number", LABS)
def test_readme_shows_what_happens(number, starters):
    """The failing output of the starter, and the commands, which work there."""
    starter = starters(number)
    for block in blocks(number, "console"):
        command, _, output = block.partition("\n")
        if ("make debug" in command and not shutil.which("gdb-multiarch")) or (" gdb " in command and not shutil.which("gdb")):
            continue
        assert without_what_varies(shown(starter, command[2:])[1]) == without_what_varies(output)
    for block in blocks(number, "sh"):
        for command in block.splitlines():
            status, output = shown(starter, command)
            assert status == 0, output


@pytest.mark.parametrize("number", LABS)
def test_readme_has_what_it_promises(number):
    """Its sections, each check's points, the hours, and each question."""
    lab = handout.load(number)
    text = (handout.folders()[number] / "README.md").read_text()
    sections = ("What you see first", "The idea", "What to write", "A gdb tour", "Questions", "Common mistakes", "How it is graded")
    assert re.findall("^## (.*)$", text, re.M) == list(sections)
    assert f"Expected: {lab.hours} hours. {lab.points} points." in " ".join(text.split())
    for name in lab.files:
        assert f"`{name}`" in text
    for check in lab.checks:
        if isinstance(check, checks.Answer):
            assert f"- `{check.name}`: " in text
        else:
            assert f"| `{check.name}` | {check.points} |" in text
    graded = text.split("## How it is graded")[1]
    assert sum(int(n) for n in re.findall(r"^\|[^|]*\| (\d+) \|", graded, re.M)) == lab.points


# ---- What LAB.md says ----

COURSE = (ROOT / "LAB.md").read_text()


def test_course_commands():
    """In their order: some make what others use."""
    for block in re.findall("^```sh\n(.*?)^```", COURSE, re.M | re.S):
        for command in block.splitlines():
            command = command.replace("labvisor-grade", " ".join(("labvisor-grade", *UNSAFE)))
            result = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=300)
            assert result.returncode == 0, command + result.stdout + result.stderr
            if command.startswith("make handout"):
                warm(2, ROOT / "build/lab2")


def test_course_has_the_labs():
    rows = re.findall(r"^\| \[(\d+) ([^]]*)\]\(([^)]*)\) \|.*\| (\d+) \|$", COURSE, re.M)
    labs = {number: handout.load(number) for number in LABS}
    expected = [
        (str(n), lab.title, f"{handout.folders()[n].relative_to(ROOT)}/README.md", str(lab.hours))
        for n, lab in labs.items()
    ]
    assert rows == expected


def test_labs_without_a_number_and_with_a_wrong_one():
    for words, message in (("grade", "no lab given: add LAB=2"), ("grade LAB=99", "there is no lab 99 here; there are 0, 1")):
        result = subprocess.run(["make", *words.split()], cwd=ROOT, capture_output=True, text=True)
        assert result.returncode == 2 and message in result.stderr


def test_answers_follow_the_term():
    """With another line in term.txt the same id has other answers; make answers prints the ones that count."""
    printed = subprocess.run(["make", "-s", "answers", "LAB=0"], cwd=ROOT, capture_output=True, text=True).stdout
    ours = forms.read_answers((ROOT / "labs/00-bring-up/answers.txt").read_text())
    assert forms.read_answers(printed).items() <= ours.items() and "s11=0x" in printed
    lab = handout.load(0)
    puzzle = next(check for check in lab.checks if check.name == "s11")
    seeds = [f"{term} 0 reference" for term in ((ROOT / "labs/term.txt").read_text().strip(), "term = 2099")]
    base, _ = grade.prepare(lab, os.cpu_count())
    with grade.tree_of(base, {}) as (_, output):
        seen = grade.Observer(base, output, sandbox.Deadline())
        assert [puzzle.is_right(forms.number(ours["s11"]), 0, lambda: seen(puzzle, seed)) for seed in seeds] == [True, False]
