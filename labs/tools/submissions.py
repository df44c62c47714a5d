# SPDX-License-Identifier: MIT
"""Tells submissions apart. Each is a path: many may have the same name, and any name."""

import hashlib
import os
import pathlib
import re
import sys

import grade

DEPTH = 3  # folders in folders, down to the lab's files
FOLDERS_MAX = 500
SKIPPED = ("build", "__MACOSX")


class Unclear(Exception):
    """The files to grade cannot be told."""


def shown(text, most=200):
    """Returns a name in one line: what a terminal would not print becomes \\xNN or \\uNNNN."""
    text = "".join(c if c.isprintable() else escaped(c) for c in str(text))
    return text if len(text) <= most else text[: most - 1] + "…"


def escaped(character):
    if "\udc80" <= character <= "\udcff":  # a byte that is not UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def read_list(file):
    """Returns the paths of a list. A NUL ends each, if there is one: then a name may hold a newline."""
    data = sys.stdin.buffer.read() if file == "-" else pathlib.Path(file).read_bytes()
    return [pathlib.Path(os.fsdecode(path)) for path in data.split(b"\0" if b"\0" in data else b"\n") if path]


def paths_of(directories):
    """Returns the submissions' paths, each once. A link's path is not its target's."""
    return list(dict.fromkeys(pathlib.Path(os.path.abspath(directory)) for directory in directories))


def key_of(path, label=None):
    """Returns a file name for a submission: no other path has the same."""
    words = re.sub(r"[^A-Za-z0-9.@-]+", "_", label or path.name).strip("._")[:40]
    return f"{words or 'submission'}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:12]}"


def parts_of(paths):
    """Returns the parts of each path in which the paths differ; of a single one its name."""
    common = pathlib.Path(os.path.commonpath([path.parent for path in paths]))
    return {path: path.relative_to(common).parts for path in paths}


def labels_of(paths):
    """Returns short words for each path, for people."""
    return {path: shown("/".join(parts)) for path, parts in parts_of(paths).items()}


def folders_in(folder):
    try:
        entries = [entry for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(folder / e.name for e in entries if e.name not in SKIPPED and not e.name.startswith("."))


def root_of(lab, path):
    """Returns the folder that holds the lab's files: the submission's, or one in it."""
    level = [path]
    for _ in range(DEPTH + 1):
        found = [folder for folder in level if grade.submitted(lab, folder)]
        if len(found) > 1:
            names = " and ".join(shown(folder.relative_to(path)) for folder in found[:2])
            raise Unclear(f"{names} hold files of the lab: keep one of them")
        if found:
            return found[0]
        level = [child for folder in level for child in folders_in(folder)][:FOLDERS_MAX]
    return path
