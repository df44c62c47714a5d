#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Names submissions that are the same but for names, comments and order.

    similar.py LAB DIR...              prints pairs, the most alike first
    similar.py LAB --jplag OUT DIR...  writes OUT/submissions and OUT/base, as JPlag takes them

Fingerprints are winnowed k-grams of tokens (Schleimer, Wilkerson, Aiken, "Winnowing", SIGMOD 2003), as
in MOSS. A name is a token, whichever it is, and so is a number or a text. What the starter has is
left out, and what many have found alike.
"""

import argparse
import collections
import itertools
import pathlib
import re
import sys
import zlib

sys.dont_write_bytecode = True

import grade
import handout
import submissions

K = 12  # tokens in a gram: what is shorter is not found
WINDOW = 6  # grams of which one is kept: what is alike for K + WINDOW - 1 tokens is found
FEW = 8  # fingerprints: fewer say nothing
RING = 10  # submissions: what more than these and more than a quarter of all have, the lab suggests

TOKEN = re.compile(
    r"""(?P<skip> ^[ \t]*\#[ \t]*include[^\n]* | \s+ | \\\n | //[^\n]* | /\*.*?(?:\*/|\Z) )
      | (?P<name> [A-Za-z_]\w* ) | (?P<number> \.?\d[\w.]* ) | (?P<text> "(?:\\.|[^"\\\n])*"? | '(?:\\.|[^'\\\n])*'? )
      | (?P<sign> <<=|>>=|->|\+\+|--|<<|>>|[-+*/%&|^<>=!]=|&&|\|\||. )""",
    re.X | re.S | re.M,
)
WORDS = "break case continue default do else for goto if return sizeof switch while asm __asm__ struct union enum".split()
IGNORED = frozenset("const volatile static inline register extern { } ( )".split())  # what a copy gains or loses at no cost


def tokens(text):
    """Yields (token, line), where all names, numbers and texts are alike."""
    line, at = 1, 0
    for found in TOKEN.finditer(text):
        kind, word = found.lastgroup, found[0]
        line, at = line + text.count("\n", at, found.start()), found.start()
        if kind == "skip" or word in IGNORED:
            continue
        yield (word if kind == "sign" or word in WORDS else kind), line


def grams(text):
    """Returns the hash and the line of each gram."""
    read = list(tokens(text))
    codes = [zlib.crc32(word.encode()) & 0xFFFF for word, _ in read]
    packed = b"".join(code.to_bytes(2, "little") for code in codes)
    return [(zlib.crc32(packed[2 * i : 2 * (i + K)]), read[i][1]) for i in range(len(read) - K + 1)]


def winnow(found):
    """Keeps the smallest hash of each window. Returns {hash: its first line}."""
    kept = {}
    for start in range(max(1, len(found) - WINDOW + 1) if found else 0):
        mark, line = min(found[start : start + WINDOW])
        kept.setdefault(mark, line)
    return kept


def code(files):
    """Returns the sources among a submission's files. The right answers are alike."""
    return {name: data.decode(errors="replace") for name, data in files.items() if not name.endswith("answers.txt")}


def fingerprints(sources, starter):
    """Returns {hash: (file, line)} of what a submission does not have from the starter."""
    prints = {}
    for name, text in sources.items():
        own = [gram for gram in grams(text) if gram[0] not in starter]
        for mark, line in winnow(own).items():
            prints.setdefault(mark, (name.rsplit("/")[-1], line))
    return prints


def without_common(prints):
    """Removes what many submissions have."""
    counts = collections.Counter(itertools.chain.from_iterable(prints.values()))
    most = max(RING, len(prints) // 4)
    return {path: {mark: at for mark, at in own.items() if counts[mark] <= most} for path, own in prints.items()}


def pairs(prints, percent):
    """Yields (percent, path, path, the marks of both) of submissions that are alike."""
    marks = {path: frozenset(own) for path, own in prints.items() if len(own) >= FEW}
    for one, other in itertools.combinations(marks, 2):
        both = marks[one] & marks[other]
        alike = 100 * len(both) // min(len(marks[one]), len(marks[other]))
        if alike >= percent:
            yield alike, one, other, both


def places(prints, both):
    """Returns where the common marks are: each file with its first and last line."""
    lines = {}
    for file, line in (prints[mark] for mark in both):
        lines.setdefault(file, []).append(line)
    return ", ".join(f"{submissions.shown(file)}:{min(found)}-{max(found)}" for file, found in sorted(lines.items()))


def write(sources, folder):
    for name, text in sources.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def export(found, starter, out):
    """Writes the sources as JPlag takes them, in a folder for each submission."""
    if out.exists() and any(out.iterdir()):
        sys.exit(f"similar: {submissions.shown(out)} is not empty: give another OUT, or remove it")
    write(starter, out / "base")
    for path, label in submissions.labels_of(list(found)).items():
        write(found[path], out / "submissions" / submissions.key_of(path, label))
    print(f"{submissions.shown(out)}: java -jar jplag.jar -l c -bc {submissions.shown(out)}/base {submissions.shown(out)}/submissions")


def collect(lab, paths):
    """Returns the sources of each submission. Tells which cannot be read."""
    found = {}
    for path in paths:
        try:
            found[path] = code(grade.submitted(lab, submissions.root_of(lab, path)))
        except (submissions.Unclear, OSError) as error:
            print(f"similar: not compared: {submissions.shown(path)}: {submissions.shown(error)}", file=sys.stderr)
    return found


def main():
    sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may not have a name's letters
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lab", type=int, metavar="LAB")
    parser.add_argument("directories", nargs="+", type=pathlib.Path, metavar="DIR", help="a submission")
    parser.add_argument("--percent", type=int, default=60, help="print pairs that share so much of the smaller one (default: 60)")
    parser.add_argument("--jplag", type=pathlib.Path, metavar="OUT", help="write the sources for JPlag, and print its command")
    options = parser.parse_args()
    lab = handout.load(options.lab)
    texts = handout.files(options.lab)
    starter = {name: texts[name] for name in lab.files if not name.endswith("answers.txt")}
    found = collect(lab, submissions.paths_of(options.directories))
    if not found:
        sys.exit("similar: there is nothing to compare: give the submissions")
    if options.jplag:
        export(found, starter, options.jplag)
        return
    known = {mark for text in starter.values() for mark, _ in grams(text)}
    prints = without_common({path: fingerprints(sources, known) for path, sources in found.items()})
    labels = submissions.labels_of(list(found))
    for alike, one, other, both in sorted(pairs(prints, options.percent), key=lambda pair: (-pair[0], pair[1], pair[2])):
        print(f"{alike:3}%  {labels[one]} {places(prints[one], both)} = {labels[other]} {places(prints[other], both)}")
    few = sum(len(own) < FEW for own in prints.values())
    print(f"{len(prints)} compared, {few} with too little of their own")


if __name__ == "__main__":
    main()
