# SPDX-License-Identifier: MIT
"""Whose a submission is: its path, a roster, the services' words; and the marks as gradebooks take them."""

import csv
import io
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from conftest import ROOT, why_no_riscv

sys.path.insert(0, str(ROOT / "labs/tools"))
import handout
import roster
import submissions
import summary
from handed import GRADE, UNSAFE

LAB0 = handout.load(0)
NAMES = [name.rsplit("/")[-1] for name in LAB0.files]
HOSTILE = ("a\nb", "=1+1", "\x1b[31mred", "x" * 255, b"by\xffte".decode(errors="surrogateescape"), "\u202eabc", "..mine", "-x")


def hand_in(folder, text="id=ada\n", names=LAB0.files):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def students(text="id,name,email\n1001,Ada Lovelace,ada@uni.example\n1002,Bob Li,bob@uni.example\n1003,Eve Li,eve@uni.example\n"):
    file = pathlib.Path("roster.csv")
    file.write_text(text)
    return roster.Roster(roster.read(file))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


# ---- Paths ----


def test_submissions_of_the_same_name_are_two(tmp_path):
    paths = submissions.paths_of([tmp_path / "ada/lab2", "bob/lab2", "ada/./lab2/"])
    assert len(paths) == 2 and len({submissions.key_of(path) for path in paths}) == 2
    assert list(submissions.labels_of(paths).values()) == ["ada/lab2", "bob/lab2"]
    (tmp_path / "ada/lab2").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "ada/lab2")
    assert len(submissions.paths_of(["link", "ada/lab2"])) == 2


def test_hostile_names_are_shown_and_stay_apart():
    paths = submissions.paths_of(HOSTILE)
    keys = {submissions.key_of(path) for path in paths}
    assert len(keys) == len(HOSTILE) and all(re.fullmatch(r"[A-Za-z0-9@_-][A-Za-z0-9.@_-]{1,60}", key) for key in keys)
    labels = list(submissions.labels_of(paths).values())
    assert len(set(labels)) == len(HOSTILE) and all(label.isprintable() and len(label) <= 200 for label in labels)
    assert labels[0] == r"a\nb" and labels[4] == r"by\xffte" and labels[5] == r"\u202eabc"


@pytest.mark.parametrize("inner", ["", "lab0", "a/b/lab0"])
def test_a_folder_in_the_folder_is_found(tmp_path, inner):
    hand_in(tmp_path / "ada" / inner)
    hand_in(tmp_path / "ada/build/grader/base")
    hand_in(tmp_path / "ada/__MACOSX")
    assert submissions.root_of(LAB0, tmp_path / "ada") == tmp_path / "ada" / inner


def test_files_of_the_lab_that_cannot_be_told_apart(tmp_path):
    hand_in(tmp_path / "ada/new\n", names=NAMES)
    hand_in(tmp_path / "ada/old")
    with pytest.raises(submissions.Unclear, match=r"^new\\n and old hold files of the lab"):
        submissions.root_of(LAB0, tmp_path / "ada")


def test_links_are_not_followed_to_a_folder(tmp_path):
    hand_in(tmp_path / "bob")
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada/lab0").symlink_to(tmp_path / "bob")
    assert submissions.root_of(LAB0, tmp_path / "ada") == tmp_path / "ada"


# ---- Students ----


@pytest.mark.parametrize(
    "text",
    [
        "id,name,email\n1001,Ada Lovelace,ada@uni.example\n",
        "\ufeffID;Name;Email\r\n1001;Ada Lovelace;ada@uni.example\r\n",
        "Student,ID,SIS User ID,SIS Login ID,Section,Lab 1 (77)\n    Points Possible,,,,,100\nAda Lovelace,77,1001,ada@uni.example,A,5\n",
        "First name,Last name,ID number,Institution,Department,Email address\nAda,Lovelace,1001,,,ada@uni.example\n",
        "Identifier,Full name,ID number,Email address,Status,Grade\nParticipant 9,Ada Lovelace,1001,ada@uni.example,,\n",
        "First Name,Last Name,SID,Email,Sections\nAda,Lovelace,1001,ada@uni.example,A\n",
    ],
)
def test_rosters_as_services_export_them(text):
    (ada,) = students(text).students
    assert (ada.id, ada.name, ada.email or ada.login) == ("1001", "Ada Lovelace", "ada@uni.example")


@pytest.mark.parametrize("text, words", [("name\nAda\n", "no column id"), ("id\n1\n1\n", "'1' is there twice"), ("id,name\n,Ada\n", "a row has no id")])
def test_rosters_that_are_refused(text, words):
    with pytest.raises(SystemExit, match=words):
        students(text)


@pytest.mark.parametrize(
    "name, owner",
    [
        ("1001", "1001"),
        ("ADA@uni.example", "1001"),
        ("ada", "1001"),
        ("Ada Lovelace_4711_assignsubmission_file", "1001"),
        ("lovelaceada_LATE_77_9999_lab0", "1001"),
        ("lab-0-ada", "1001"),
        ("Li", None),
        ("nobody", None),
    ],
)
def test_folders_as_services_name_them(tmp_path, name, owner):
    known = students("Student,ID,SIS User ID,SIS Login ID\nAda Lovelace,77,1001,ada@uni.example\nLi,78,1002,bo\nLi,79,1003,eve\n")
    ((path, parts),) = submissions.parts_of([tmp_path / name]).items()
    assert [who.id for who in known.senders(path, parts)] == ([owner] if owner else [])


def whose(known, path, claimed, root=None):
    owners, remarks = known.owners(path, (path.name,), root or path, claimed)
    return [who.id for who in owners], remarks


def test_gradescope_says_who_sends(tmp_path):
    """In the autograder, and in an export; and a student's own files of these names say nothing."""
    known = students()
    path = hand_in(tmp_path / "submission", "id=1002\n")
    users = [{"email": "ada@uni.example"}, {"email": "eve@uni.example"}]
    (path / "submission_metadata.json").write_text(json.dumps({"users": users[1:]}))
    assert whose(known, path, "1002") == (["1002"], [])
    (tmp_path / "submission_metadata.json").write_text(json.dumps({"users": users}))
    assert whose(known, path, "1002") == (["1001", "1003"], ["answers.txt names 1002"])
    for damaged in ("{", "[]", "[" * 100000, '{"users": [1]}'):
        (tmp_path / "submission_metadata.json").write_text(damaged)
        assert whose(known, path, "1002") == (["1002"], [])
    (tmp_path / "submission_metadata.yml").write_text(
        "---\nsubmission_1:\n  :submitters:\n  - :name: Ada\n    :sid: '1001'\n    :email: ada@uni.example\n"
        "  :results:\n    :output: |\n      submission_2:\n      :email: eve@uni.example\n"
        "submission_2:\n  :submitters:\n  - :name: Bob\n    :email: bob@uni.example\n"
    )
    assert [whose(known, tmp_path / f"submission_{n}", "")[0] for n in (1, 2, 3)] == [["1001"], ["1002"], []]


def test_claims(tmp_path):
    """The id and git's author count if nobody else says who sends."""
    known = students()
    (tmp_path / "work/.git/logs").mkdir(parents=True)
    log = tmp_path / "work/.git/logs/HEAD"
    log.write_text(f"{'0' * 40} {'1' * 40} Eve <eve@uni.example> 1700000000 +0100\tcommit: done\n")
    assert whose(known, tmp_path / "work", "") == (["1003"], [])
    assert whose(known, tmp_path / "work", "1002") == (["1002"], ["git's author names 1003"])
    assert whose(known, tmp_path / "1001", "1002", tmp_path / "work") == (["1001"], ["answers.txt names 1002", "git's author names 1003"])
    assert whose(known, tmp_path / "1001", "1001") == (["1001"], [])
    assert whose(known, tmp_path / "other", "9") == ([], ["not in the roster"])


@pytest.mark.parametrize("link", ["work/.git", "work/.git/logs", "work/.git/logs/HEAD"])
def test_git_is_not_read_by_links(tmp_path, link):
    """They could point to another's, which has another author."""
    known = students()
    log = tmp_path / "eve/.git/logs/HEAD"
    log.parent.mkdir(parents=True)
    log.write_text("0 1 Eve <eve@uni.example> 1700000000 +0100\n")
    (tmp_path / link).parent.mkdir(parents=True)
    (tmp_path / link).symlink_to(tmp_path / link.replace("work", "eve"))
    assert whose(known, tmp_path / "eve", "") == (["1003"], [])
    assert whose(known, tmp_path / "work", "") == ([], ["not in the roster"])


def result(path, who, points=100):
    return {"id": who, "root": path, "points": points, "missing": [] if points == 100 else ["one"]}


def failure(path):
    return {"id": "", "root": path, "failure": "no space left"}


def summed(known, results):
    owners, remarks = summary.remarks_of(known, list(results), results)
    return list(summary.marks_of(known, list(results), results, owners)), {path.name: words for path, words in remarks.items()}


def test_marks_of_a_roster(tmp_path):
    """Only a mark that is sure is given: no 0 for the grader's failure, nor for two submissions."""
    marks, _ = summed(students(), {tmp_path / "1001": failure(tmp_path / "1001"), tmp_path / "1002": result(tmp_path / "1002", "1002", 40)})
    assert [mark[1:] for mark in marks] == [("", "not graded: no space left"), (40, "one"), ("", "nothing handed in")]

    taken = {tmp_path / "1001": result(tmp_path / "1001", "1001"), tmp_path / "mine": result(tmp_path / "mine", "1001")}
    marks, remarks = summed(students(), taken)
    assert marks[0][1:] == ("", "handed in more than once: 1001, mine")
    assert remarks == {"1001": ["also handed in as mine"], "mine": ["also handed in as 1001"]}


def test_the_same_id_without_a_roster(tmp_path):
    results = {tmp_path / name: result(tmp_path / name, who) for name, who in (("a", "x"), ("b", "x"), ("c", ""), ("d", ""))}
    remarks = summary.remarks_of(None, list(results), results)[1]
    assert [remarks[path] for path in results] == [["the same id as b"], ["the same id as a"], [], []]


# ---- Gradebooks ----


def test_gradebooks():
    (ada,) = students("Student,ID,SIS User ID,SIS Login ID,Section\nAda Lovelace,77,1001,ada@uni.example,A\n").students
    assert roster.table("canvas", LAB0, [(ada, 90, "one")]).splitlines() == [
        "Student,ID,SIS User ID,SIS Login ID,Section,Lab 0",
        "    Points Possible,,,,,100",
        "Ada Lovelace,77,1001,ada@uni.example,A,90",
    ]
    assert roster.table("moodle", LAB0, [(students().students[0], "", "one, two")]).splitlines() == [
        "ID number,Full name,Email address,Lab 0,Lab 0 feedback",
        '1001,Ada Lovelace,ada@uni.example,,"one, two"',
    ]


def test_canvas_without_sis_ids():
    """Many instructors' exports have no such column, or an empty one: Canvas's number is the id."""
    for text in ("Student,ID,SIS Login ID\nAda,77,ada\n", "Student,ID,SIS User ID,SIS Login ID\nAda,77,,ada\n"):
        (ada,) = students(text).students
        assert ada.id == "77" and roster.table("canvas", LAB0, [(ada, 90, "")]).splitlines()[-1] == "Ada,77,,ada,,90"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r\n=1", '","=1', "a\n=1", "\x1b[2J"])
@pytest.mark.parametrize("form", roster.FORMS)
def test_cells_are_no_formulas(form, name):
    who = roster.Student("1", name, name, name, name, "")
    rows = list(csv.reader(io.StringIO(roster.table(form, LAB0, [(who, 5, name)]))))
    assert all(len(row) == len(rows[0]) for row in rows)
    for cell in rows[-1]:
        assert cell.isprintable() and cell.lstrip()[:1] not in ("=", "+", "-", "@")


def test_files_are_utf8_in_every_locale(tmp_path):
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(ROOT / "labs/tools")}
    subprocess.run([sys.executable, "-B", "-c", "import report; report.save('out', '\\xfc')"], env=environment, check=True)
    assert (tmp_path / "out").read_bytes() == "ü".encode()


# ---- All of it ----


@pytest.mark.skipif(why_no_riscv() is not None, reason=str(why_no_riscv()))
def test_grading_a_class(tmp_path):
    """Two of the same name, one taken id, one that is no submission; then the same again, from its results."""
    solved = {name: (ROOT / name).read_text() for name in LAB0.files}
    for name, who in (("1001/lab0", "1001"), ("1002/lab0", "1002"), ("öd\n/deep/lab0", "1001")):
        for file, text in solved.items():
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_text(text.replace("id=reference", f"id={who}"))
    (tmp_path / "none").touch()
    students()
    folders = ["1001/lab0", "1002/lab0", "öd\n", "none"]
    command = [GRADE, *UNSAFE, "--lab", "0", "-j2", "--results", "out", "--roster", "roster.csv", "--csv", "moodle", "marks.csv", *folders]
    ascii = {**os.environ, "PYTHONIOENCODING": "ascii"}
    shown = [subprocess.run(command, capture_output=True, text=True, timeout=300, env=ascii) for _ in range(2)]
    assert shown[0].stdout == shown[1].stdout and [run.returncode for run in shown] == [1, 1], shown[0].stderr
    one, two, none, three, total = shown[0].stdout.splitlines()
    assert re.fullmatch(r"1001/lab0 +\d+ of 100  .*also handed in as \\xf6d\\n", one)
    assert re.fullmatch(r"1002/lab0 +\d+ of 100  [^;]*", two)
    assert re.fullmatch(r"\\xf6d\\n +\d+ of 100  .*also handed in as 1001/lab0", three)
    assert re.fullmatch(r"none +- of 100  not graded: .*none is not a directory: give the student's tree; not in the roster", none)
    assert total.startswith("3 graded, mean ") and total.endswith("; 1 not graded")
    assert len(list((tmp_path / "out").iterdir())) == 3
    rows = list(csv.reader(io.StringIO((tmp_path / "marks.csv").read_text())))
    assert [row[0] for row in rows[1:]] == ["1001", "1002", "1003"]
    assert [row[3] == "" for row in rows[1:]] == [True, False, True]

    (tmp_path / "1002/lab0/labs").rename(tmp_path / "1002/lab0/one")
    hand_in(tmp_path / "1002/lab0/two")  # now it cannot be graded: its old result does not count
    assert subprocess.run(command, capture_output=True, timeout=300).returncode == 1
    rows = list(csv.reader(io.StringIO((tmp_path / "marks.csv").read_text())))
    assert rows[2][3] == "" and rows[2][4].endswith("one and two hold files of the lab: keep one of them")
