#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A lab's autograder for Gradescope.

    gradescope.py zip LAB FILE   makes the zip to upload
    gradescope.py run LAB        for run_autograder, in Gradescope's folder: grades submission/ and writes
                                 results/results.json, also if the grader fails
"""

import json
import pathlib
import subprocess
import sys
import zipfile

sys.dont_write_bytecode = True

import handout
import report

SECONDS = 540  # Gradescope's own limit is ten minutes by default
LONG_AGO = (2000, 1, 1, 0, 0, 0)

SETUP = """#!/bin/sh
# Gradescope runs this once, to make the image. No submission has to wait for what all share.
set -eu
apt-get update -qq
apt-get install -y -qq --no-install-recommends {packages}
exec /usr/bin/python3 "$(dirname "$0")/labvisor/labs/labvisor-grade" --lab {lab} --prepare
"""

RUN = """#!/bin/sh
# Gradescope runs this for each submission.
exec /usr/bin/python3 source/labvisor/labs/tools/gradescope.py run {lab}
"""


def make_zip(number, path):
    lab = handout.load(number)
    files = {f"labvisor/{name}": text for name, text in handout.files(number).items()}
    if (handout.ROOT / "labs/secret.txt").exists():
        files["labvisor/labs/secret.txt"] = (handout.ROOT / "labs/secret.txt").read_text(encoding="utf-8")
    files["setup.sh"] = SETUP.format(packages=report.PACKAGES, lab=number)
    files["run_autograder"] = RUN.format(lab=number)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            info = zipfile.ZipInfo(name, LONG_AGO)
            info.external_attr = (0o100755 if text.startswith("#!") else 0o100644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
    print(f"{path}: upload it as the autograder of lab {number}, {lab.title}: {lab.points} points")


def run(number):
    here = pathlib.Path.cwd()
    output = here / "results/results.json"
    (handout.ROOT / "labs").chmod(0o700)  # Gradescope's containers have neither namespaces nor Landlock
    command = [
        handout.ROOT / "labs/labvisor-grade",
        *("--lab", str(number), "--format", "gradescope", "--output", output, here / "submission"),
    ]
    try:
        result = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=SECONDS)
        words = result.stderr if result.returncode else None
    except (OSError, subprocess.TimeoutExpired) as error:
        words = str(error)
    if words is not None:
        print(words)  # to the instructor
        last = (words.strip().splitlines() or ["it gave no reason"])[-1]
        report.save(output, json.dumps(report.gradescope_failure(last), indent=1) + "\n")


def main():
    action, *rest = sys.argv[1:] or ["?"]
    if action == "zip" and len(rest) == 2:
        make_zip(int(rest[0]), pathlib.Path(rest[1]))
    elif action == "run" and len(rest) == 1:
        run(int(rest[0]))
    else:
        sys.exit("usage: gradescope.py zip LAB FILE; gradescope.py run LAB")


main()
