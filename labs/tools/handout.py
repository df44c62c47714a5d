#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes a lab's starter tree from the sources, which hold starter and solution.

    handout.py LAB DIR

A region of a source for lab N. Files whose comments begin with `#` have `#` in place of `//`:

    // LAB N: starter
    // text for the student
    // LAB N: solution
    code that this repository builds
    // LAB N: end

In a handout of lab N the starter replaces the region. In handouts of other labs the solution stays,
because their VMM has to work; the markers are removed. The handout of a handout is the same.
"""

import base64
import functools
import hashlib
import json
import pathlib
import re
import sys
import types
import zlib

sys.dont_write_bytecode = True

import report

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MARKER = re.compile(r"^[ \t]*(?://|#) LAB (\d+): (starter|solution|end)$")
COMMENT = re.compile(r"^([ \t]*)(?://|#) ?(.*)$")

# The files of every handout; and files that no handout has, or has elsewhere.
COMMON = (
    "LICENSE",
    ".clang-format",
    ".gitignore",
    "abi/**/*",
    "guest-rt/**/*",
    "vmm/**/*",
    "debug/*",
    "tools/setup.sh",
    "labs/labvisor-grade",
    "labs/tools/*.py",
    "labs/tools/seal*",
    "labs/term.txt",
)
PRISTINE = "labs/pristine.txt"  # all other files of a handout, packed: the grader takes them from there
NEVER = ("__pycache__", "answers.py", "mutant.py", "mutants.py", "similar.py", "told.py", "README.md")


def folders():
    """Returns the labs' folders by their numbers."""
    return {int(path.name[:2]): path for path in sorted(ROOT.glob("labs/[0-9][0-9]-*"))}


@functools.cache
def pristine():
    """Returns a handout's files as they were handed out: path to text. {} outside a handout."""
    if not (ROOT / PRISTINE).exists():
        return {}
    packed = (ROOT / PRISTINE).read_text(encoding="utf-8")
    return {**json.loads(zlib.decompress(base64.b64decode(packed))), PRISTINE: packed}


def load(number):
    """Returns a lab's description, LAB of its lab.py."""
    if number not in folders():
        sys.exit(f"labs: there is no lab {number} here; there are {', '.join(map(str, folders()))}")
    path = folders()[number] / "lab.py"
    text = pristine().get(path.relative_to(ROOT).as_posix()) or path.read_text(encoding="utf-8")
    module = types.ModuleType(f"lab{number}")
    exec(compile(text, path, "exec"), module.__dict__)
    return module.LAB


def split(text, number):
    """Returns the handout's text of a source, and the lines of solutions that were removed."""
    kept, taken, region, part = [], [], None, None
    for line in text.splitlines(keepends=True):
        marker = MARKER.match(line.rstrip("\n"))
        if marker:
            region, part = (None, None) if marker[2] == "end" else (int(marker[1]), marker[2])
        elif region is None or (part == "solution" and region != number):
            kept.append(line)
        elif part == "solution":
            taken.append(line)
        elif region == number:
            comment = COMMENT.match(line)
            if not comment:
                raise ValueError(f"lab {number}: this line of a starter is not a comment: {line.strip()}")
            kept.append("".join(comment.groups()).rstrip() + "\n")
    if region is not None:
        raise ValueError(f"a region of lab {region} has no end: is each marker a line of its own?")
    return "".join(kept), taken


@functools.cache
def files(number):
    """Returns the handout's files: path to text. Not to be changed."""
    if pristine():
        return pristine()
    folder = folders()[number]
    own = f"{folder.relative_to(ROOT)}/**/*"
    found = {}
    for pattern in (*COMMON, own):
        for path in sorted(ROOT.glob(pattern)):
            keep = path.is_file() and not set(path.parts) & set(NEVER)
            if keep or path == ROOT / "abi/README.md":
                found[path.relative_to(ROOT).as_posix()] = path
    found["Makefile"] = ROOT / "labs/handout.mk"
    found["README.md"] = folder / "README.md"
    texts = {name: split(path.read_text(encoding="utf-8"), number)[0] for name, path in found.items()}
    texts[".github/workflows/grade.yml"] = report.workflow(load(number))
    packed = zlib.compress(json.dumps(texts, sort_keys=True).encode(), 9)
    texts[PRISTINE] = base64.encodebytes(packed).decode()
    return texts


def digest(texts):
    """Returns a digest of a tree, which shows whether it has changed."""
    total = hashlib.sha256()
    for name, text in sorted(texts.items()):
        total.update(f"{name}\0{len(text)}\0{text}".encode())
    return total.hexdigest()


def write(texts, out):
    """Writes a tree. A file that does not change keeps its time, for make."""
    for name, text in texts.items():
        path = out / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if text.startswith("#!"):
            path.chmod(0o755)


def main():
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        sys.exit("usage: handout.py LAB DIR; make handout LAB=2 OUT=DIR does it")
    number, out = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    lab = load(number)
    if out.exists() and any(out.iterdir()):
        sys.exit(f"handout: {out} is not empty: give another OUT, or remove it")
    write(files(number), out)
    print(f"lab {number}, {lab.title}: begin with {out}/README.md")


if __name__ == "__main__":
    main()
