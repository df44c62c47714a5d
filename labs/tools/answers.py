#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""For authors of labs; not in a handout.

    answers.py LAB              the answers for the id in the lab's answers.txt
    answers.py LAB NAME VALUE   the digest of an answer that is the same for all students
"""

import os
import sys

sys.dont_write_bytecode = True

import checks
import grade
import handout
import sandbox


def main():
    number, *rest = sys.argv[1:] or ["?"]
    if not number.isdigit() or len(rest) not in (0, 2):
        sys.exit("usage: answers.py LAB [NAME VALUE]")
    lab = handout.load(int(number))
    if rest:
        print(checks.seal(lab.number, *rest))
        return
    _, seed = grade.answers_of(lab, grade.submitted(lab, handout.ROOT))
    base, _ = grade.prepare(lab, os.cpu_count())
    with grade.tree_of(base, {}) as (_, output):
        seen = grade.Observer(base, output, sandbox.Deadline())
        for check in lab.checks:
            if isinstance(check, checks.Answer) and check.value:
                print(f"{check.name}={seen(check, seed)}")


main()
