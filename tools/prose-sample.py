#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Draws comments and messages by chance, to be read as a newcomer reads them: a sentence that has to
be read twice is rewritten, and so are its kind.

    prose-sample.py [SEED]
"""

import pathlib
import random
import re
import subprocess
import sys

SEED = 12
COMMENTS, MESSAGES = 40, 20

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
MESSAGE = re.compile(r'\b(?:fail|vm_die|kvm_failed|fprintf|link_print|packets_reply_error)\(((?:[^;"]|"(?:\\.|[^"\\])*")*)\);')
LITERAL = re.compile(r'"((?:\\.|[^"\\])*)"')


def sources():
    names = subprocess.run(
        ["git", "ls-files", "*.c", "*.h", "*.S", "*.def"], capture_output=True, encoding="utf-8", check=True
    ).stdout.split()
    return [(name, pathlib.Path(name).read_text(encoding="utf-8")) for name in names]


def plain(comment):
    """Its words in one line."""
    return " ".join(re.sub(r"^\s*\*+ ?", "", line) for line in comment[2:-2].strip().splitlines())


def found(pattern, words):
    for name, text in sources():
        for match in pattern.finditer(text):
            number = text.count("\n", 0, match.start()) + 1
            sentence = words(match)
            if " " in sentence and "SPDX" not in sentence:
                yield f"{name}:{number}: {sentence}"


def message(match):
    return "".join(LITERAL.findall(match[1]))


def main():
    chance = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else SEED)
    comments = list(found(COMMENT, lambda match: plain(match[0])))
    messages = list(found(MESSAGE, message))
    print(f"{COMMENTS} of {len(comments)} comments, {MESSAGES} of {len(messages)} messages\n")
    for drawn in (chance.sample(comments, COMMENTS), chance.sample(messages, MESSAGES)):
        print(*drawn, sep="\n", end="\n\n")


main()
