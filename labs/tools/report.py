# SPDX-License-Identifier: MIT
"""Formats a result for people and services."""

import json
import os
import pathlib
import textwrap
import time
import xml.etree.ElementTree as ET


def wrapped(text, first="", indent=17):
    """Returns a text's lines; `first` begins the first one."""
    return textwrap.wrap(text, 96, initial_indent=" " * indent + first, subsequent_indent=" " * (indent + len(first)))


def is_place(row):
    """Whether a check's row has an expected text and another one in its place."""
    return row.get("where", "").startswith(("exit", "line", "the file"))


def observed(row, indent=17):
    """Returns the lines about a failed check: what was expected, and under it what came in its place."""
    if not is_place(row):
        return wrapped(row["words"], indent=indent)
    where = row["where"] + " of the output" * row["where"].startswith("line")
    return [" " * indent + where, *wrapped(row["expected"], "expected  ", indent), *wrapped(row["got"], "got       ", indent)]


def terminal(result):
    """Returns the report for a student."""
    lines = [f"lab {result['lab']}, {result['title']}"]
    if not result["id"]:
        lines.append("answers.txt: id has no value: questions that differ for each student need it")
    lines += [f"not handed in: {name}" for name in result["not_submitted"]]
    lines += [f"changed, and not used, because it is not handed in: {name}" for name in result["changed"]]
    lines += result["remarks"]
    lines += [f"compiled by {words}" for words in result["toolchain"]]
    for row in result["checks"]:
        mark = "ok  " if row["points"] == row["max"] else "FAIL"
        lines.append(f"{mark} {row['points']:3} of {row['max']:3}  {row['name']}")
        lines += observed(row)
    hinted = next((row["name"] for row in result["checks"] if row.get("hint")), None)
    if hinted:
        lines.append(f"for a hint: make hint CHECK={quoted(hinted)}")
    later = f"; up to {result['later']} more after the deadline" if result["later"] else ""
    lines.append(f"     {result['points']:3} of {result['max']:3}  points{later}")
    return "\n".join(lines) + "\n"


def quoted(name):
    return f"'{name}'" if " " in name else name


NEXT = {1: "for where to look", 2: "for the concept"}


def hint(row, level):
    """Returns what `make hint` says of a check: what was observed, then where to look, then the concept."""
    if row["points"] == row["max"]:
        return f"{row['name']}: it has all its points\n"
    lines = [row["name"], *observed(row, 2)]
    if row.get("where") == "the end":
        lines += wrapped(row["expected"], "it had to go on with  ", 2)
    if row.get("around"):
        lines.append("  the exits there")
        lines += [line for number, exit in row["around"] for line in wrapped(exit, f"{number:6}  ", 2)]
    told = row.get("hint")
    if not told:
        lines.append("  no known mistake shows this: find the place by OPTIONS=--trace, or in gdb by make debug")
        return "\n".join(lines) + "\n"
    if level > 1:
        lines += wrapped(told["look"], "look at   ", 2)
    if level > 2 and "concept" in told:
        lines += wrapped(told["concept"], "concept   ", 2)
    if level < 3 and (level < 2 or "concept" in told):
        lines.append(f"  {NEXT[level]}, ask again")
    return "\n".join(lines) + "\n"


def gradescope(result):
    """Returns results.json of Gradescope's autograder."""
    tests = [
        {
            "name": row["name"],
            "score": row["points"],
            "max_score": row["max"],
            "status": "passed" if row["points"] == row["max"] else "failed",
            "output": row["words"],
            "visibility": "visible",
        }
        for row in result["checks"]
    ]
    return {"score": result["points"], "output": terminal(result), "tests": tests}


def gradescope_failure(words):
    """Returns the same after a failure of the grader itself. It has no score, which would be a mark."""
    return {"output": f"The grader failed; your work was not graded. Tell your instructor: {words}", "tests": []}


def commit_time(directory):
    """Returns about the time of the commit, which does not change when a submission is graded again. It
    does not ask git, which would run programs that a submission's .git/config names."""
    paths = (path for path in (directory, directory / ".git/HEAD", directory / ".git/logs/HEAD") if path.exists())
    newest = max((os.lstat(path).st_mtime for path in paths), default=0)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(newest))


def classroom50(result, directory):
    """Returns result.json of Classroom 50, classroom50/result/v1. Its runner sets the environment."""
    commit = os.environ.get("COMMIT_URL") or "none"
    return {
        "schema": "classroom50/result/v1",
        "classroom": os.environ.get("CLASSROOM") or "none",
        "assignment": os.environ.get("ASSIGNMENT") or f"lab{result['lab']}",
        "assignment_type": os.environ.get("ASSIGNMENT_TYPE") or "individual",
        "owner": os.environ.get("OWNER") or os.environ.get("USERNAME") or "none",
        "submission": os.environ.get("SUBMISSION_TAG") or "submit/none",
        "commit": commit,
        "release": os.environ.get("RELEASE_URL") or commit,
        "review": os.environ.get("REVIEW_URL") or commit,
        "datetime": commit_time(directory),
        "score": result["points"],
        "max-score": result["max"],
        "tests": [
            {
                "test-name": row["name"],
                "passed": row["points"] == row["max"],
                "score": row["points"],
                "max-score": row["max"],
                "message": row["words"],
            }
            for row in result["checks"]
        ],
    }


def junit(result):
    """Returns JUnit XML, with a test case for each check."""
    failed = [row for row in result["checks"] if row["points"] < row["max"]]
    counts = {"tests": str(len(result["checks"])), "failures": str(len(failed)), "errors": "0"}
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", name=f"lab{result['lab']}", **counts)
    for row in result["checks"]:
        case = ET.SubElement(suite, "testcase", classname=f"lab{result['lab']}", name=row["name"])
        if row in failed:
            ET.SubElement(case, "failure", message=row["words"]).text = row["words"]
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def text(form, result, directory):
    """Returns a result in a form of --format."""
    if form == "text":
        return terminal(result)
    if form == "junit":
        return junit(result)
    if form == "classroom50":
        result = classroom50(result, directory)
    elif form == "gradescope":
        result = gradescope(result)
    return json.dumps(result, indent=1) + "\n"


FORMS = ("text", "json", "gradescope", "classroom50", "junit")


def save(path, content):
    """Writes a file as a whole: a reader never sees a part of it. Jobs on other hosts may write it, too."""
    path = pathlib.Path(path)
    new = path.with_name(f".{path.name}.{os.uname().nodename}.{os.getpid()}")
    new.write_text(content, encoding="utf-8")
    os.replace(new, path)


PACKAGES = "gcc make binutils libc6-dev gcc-riscv64-linux-gnu python3 bubblewrap"


def workflow(lab):
    """Returns a GitHub Actions workflow that grades a student's repository at each push."""
    return f"""# Grades lab {lab.number}, {lab.title}: {lab.points} points.
name: lab {lab.number}
on: [push, workflow_dispatch]
permissions:
  contents: read
jobs:
  grade:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
      - uses: actions/checkout@v4
      - run: sudo apt-get update && sudo apt-get install -y --no-install-recommends {PACKAGES}
      - run: labs/labvisor-grade --unsafe --lab {lab.number} --format junit --output junit.xml .
      - run: labs/labvisor-grade --unsafe --lab {lab.number} . | tee -a "$GITHUB_STEP_SUMMARY"
      - if: always()
        uses: actions/upload-artifact@v4
        with:
          name: junit
          path: junit.xml
      - run: labs/labvisor-grade --unsafe --lab {lab.number} --full-marks . > /dev/null
"""
