# SPDX-License-Identifier: MIT
"""Lab 6: what is graded."""

import re

import forms
from checks import Answer, Lab, Run
from hints import Hint

HERE = "labs/06-files"
DENIED, FAILED = -4, -1

OUTSIDE = {"secret": "the secret\n", "folder/plain": "plain text\n", "folder/below/more": "more text\n"}
LINKS = {
    "folder/link": "-> ../secret",
    "folder/way": "-> ..",
    "folder/below/inner": "-> more",
    "folder/new": "-> ../made",
}
NAMES = ("secret", "plain", "below", "more", "link", "way", "inner", "new", "made")


def copy(rng):
    text = "".join(rng.choices("abcdefghij\n", k=rng.randrange(300, 1000))) + "\n"
    name = "".join(rng.choices("klmnop", k=8))
    return {
        "args": (name, "copied", "below/more", f"below/{name}", "missing", "copied2"),
        "files": {**OUTSIDE, f"folder/{name}": text},
        "files_after": {
            **OUTSIDE,
            f"folder/{name}": text,
            "folder/copied": text,
            "folder/copied2": "",
            f"folder/below/{name}": "more text\n",
        },
        "stdout": f"{text}{name}: 0 0, {len(text)} bytes\nclosed: 0 0\nmore text\nbelow/more: 0 0, 10 bytes\n"
        "closed: 0 0\nmissing: -1 0, 0 bytes\nclosed: 0 -3\n",
    }


# Paths that leave the folder or are not allowed, with their points.
ESCAPES = {
    "../secret": 2,
    "below/../../secret": 2,
    "below/..": 1,
    "/etc/passwd": 2,
    "": 1,
    ".": 1,
    "below//more": 1,
    "below": 1,
    "link": 2,
    "way/secret": 2,
    "below/inner": 2,
    "new": 2,
    "plain/more": 1,
}


FILES_C = f"{HERE}/vmm/files.c"
OPEN = f"{FILES_C}: open_inside"
PARTS = "each part of a path counts, not only the first"
NO_LINK = "a link may point anywhere: O_NOFOLLOW, for each part of the path"


REFUSES_ALL = Hint("every path is refused: this one is a file of the folder", OPEN, "line 2", "'*': 0 0", "'*': -4 -4")


def opened(words, got="0 0"):
    return Hint(words, OPEN, "line 1", "'*': -4 -4", f"'*': {got}")


HINTS = {
    **dict.fromkeys(("below/../../secret", "below/.."), opened(PARTS)),
    **dict.fromkeys(("link", "way/secret", "below/inner"), opened(NO_LINK)),
    "new": opened(NO_LINK, "-1 0"),
}


def renamed(rng):
    """Returns a function that puts drawn names into a text: a list of paths is no check."""
    letters = rng.sample("abcdefghijklmnopqrstuvwxyz", len(NAMES))
    names = {name: letter + "".join(rng.choices("aeiou", k=4)) for name, letter in zip(NAMES, letters)}
    return lambda text: re.sub(r"\b(" + "|".join(NAMES) + r")\b", lambda found: names[found[1]], text)


def escape(path):
    """Returns the check of one path: it is refused, and another path is not."""

    def case(rng):
        new = renamed(rng)
        there = {new(name): new(text) if text.startswith("-> ") else text for name, text in (OUTSIDE | LINKS).items()}
        out, plain = new(path), new("plain")
        return {
            "args": (out, plain),
            "files": there,
            "files_after": {**there, f"folder/{plain}": ""},
            "stdout": f"'{out}': {DENIED} {DENIED}\n'{plain}': 0 0\n",
        }

    hint = HINTS.get(path)
    return Run(f"escape {path or 'nothing'}", ESCAPES[path], "escape", case=case, hints=(REFUSES_ALL, hint) if hint else (REFUSES_ALL,))


# What a guest does wrong with handles, with the points and the guest's lines.
HANDLES = {
    "never-opened": (4, "".join(f"{handle}: -3 -3\n" for handle in range(6)) + "far: -3 -3\n"),
    "all-open": (3, "".join(f"handle {handle}: 0\n" for handle in range(8)) + "one more: -9\n"),
    "closed": (4, "closed, and again: 0 -3\nafter that: -3\nhandle 3 again\n"),
    "offset": (3, "opened: 0\nread: 0\nafter the end: 0\nbefore the start: -3\n"),
    "buffer": (4, "opened: 0\noutside RAM: -5\nhuge: -5\n"),
    "request": (2, "no request: -3\n"),
}


def handles(what):
    """Returns the check of one mistake."""
    points, lines = HANDLES[what]
    return Run(
        f"handles {what}",
        points,
        "handles",
        args=(what,),
        files=OUTSIDE,
        files_after=OUTSIDE,
        stdout=lines,
        hints=(
            Hint(
                "a handle is an index into your table, checked at each call; not a file descriptor of the VMM",
                f"{FILES_C}: handle_LAB6_file_transfer",
                "line *",
                "#: -3 -3",
                "fake",
            ),
            Hint(
                "the whole buffer has to be in RAM: memory_for_write",
                f"{FILES_C}: handle_LAB6_file_transfer",
                "line *",
                "outside RAM: -5",
                ("outside RAM: -1", "outside RAM: 0"),
            ),
        ),
    )


LAB = Lab(
    number=6,
    title="File hypercalls and the trust boundary",
    hours=7,
    files=(f"{HERE}/vmm/files.c", f"{HERE}/answers.txt"),
    checks=(
        Run(
            "copy",
            25,
            "copy",
            case=copy,
            hints=(
                Hint(
                    "opening a file that does not exist returns SBI_ERR_FAILED and uses no handle",
                    f"{FILES_C}: handle_LAB6_file_open",
                    "line *",
                    "closed: 0 -3",
                    "closed: 0 0",
                ),
            ),
        ),
        *map(escape, ESCAPES),
        Run(
            "paths",
            5,
            "paths",
            files=OUTSIDE,
            files_after=OUTSIDE,
            stdout="5 bytes: 0\na NUL: -3\ntoo long: -3\nnot in RAM: -3\nflags: -3\n",
            hints=(
                Hint("a path has num_bytes bytes and no NUL: copy num_bytes bytes", f"{FILES_C}: handle_LAB6_file_open", "line 1", "5 bytes: 0", "5 bytes: -1"),
                Hint("a NUL inside makes the path shorter: refuse it", f"{FILES_C}: handle_LAB6_file_open", "line 2", "a NUL: -3", "a NUL: 0"),
            ),
        ),
        *map(handles, HANDLES),
        Run(
            "overlap",
            15,
            "overlap",
            args=("trap",),
            files={"folder/trap": "\0" * 24 + "\x10\x27" + "\0" * 14 + "x" * 3000},
            stdout="error 0, 1000 bytes, 3136 dots left\n",
            hints=(
                Hint(
                    "fetch the request once, check the copy, use the copy",
                    f"{FILES_C}: handle_LAB6_file_transfer",
                    "line 1",
                    "error 0, 1000 bytes, 3136 dots left",
                    "error 0, 3040 bytes, 1096 dots left",
                ),
            ),
        ),
        Answer("no_link_flag", 5, "man 2 open", forms.name, sealed="d15d0987618ac3d9"),
        Answer("step_function", 5, "man 2 open", forms.name, sealed="ec2963cbd1e19637"),
        Answer("descriptor_1", 5, "it is the second of 0, 1 and 2", forms.name, sealed="1b2d50645ad8d182"),
    ),
)
