# SPDX-License-Identifier: MIT
"""Makes of a lab's built tree the kit that a submission is built with: the least files, and a script.

Each submission gets a copy of the kit, so it is small: headers, the sources that depend on a student's
files, and what they are linked with, of which the VMM's other objects are one. The script has the
commands by which make would build the tree after a change of all of the student's files. It calls
compiler and linker, and nothing has to be looked up.
"""

import itertools
import pathlib
import shlex
import shutil
import subprocess

SCRIPT = "build.sh"
SOURCES = (".c", ".S", ".mk", "Makefile")  # of no use where no command names them
REST = "build/rest.o"


def outputs(words):
    """Returns the files that a command makes."""
    return [name for option, name in itertools.pairwise(words) if option == "-o"]


def link_quickly(base, words, made):
    """Returns a link's words with one object in place of those that no student changes, and makes that."""
    objects = [word for word in words if word.endswith(".o") and word not in made]
    if len(objects) < 10:  # a guest has one or two
        return words
    compiler = list(itertools.takewhile(lambda word: not word.startswith("-"), words))
    subprocess.run([*compiler, "-r", "-nostdlib", "-Wl,--strip-debug", "-o", REST, *objects], cwd=base, check=True)
    at = words.index(objects[0])
    return [*words[:at], REST, *(word for word in words[at:] if word not in objects)]


def script_of(base, said):
    """Returns the script's lines as words, from what make would print."""
    lines = [shlex.split(part) for line in said.splitlines() for part in line.split(" && ")]
    made, lines = set(), [words for words in lines if words[0] != "mkdir"]
    for words in lines:
        made.update(outputs(words))
    return [words if "-c" in words else link_quickly(base, words, made) for words in lines]


def make(base, kit, lab, said):
    """Makes the kit. said: what `make -n` prints if all of the student's files have changed."""
    new = kit.with_name("kit.new")
    shutil.rmtree(new, ignore_errors=True)
    lines = script_of(base, said)
    named = {word for words in lines for word in words}
    made = {name for words in lines for name in outputs(words)} | {words[-1] for words in lines if words[0] == "mv"}
    for path in base.rglob("*"):
        name = path.relative_to(base).as_posix()
        program = path.parent == base / "build" and (path.suffix == ".elf" or path.name == "labvisor")
        wanted = program if name.startswith("build/") else not name.endswith(SOURCES) or name in lab.files
        if path.is_file() and (wanted or name in named) and name not in made:
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, new / name)
    for name in made:
        (new / name).parent.mkdir(parents=True, exist_ok=True)
    (new / SCRIPT).write_text("set -e\n" + "".join(f"{shlex.join(words)}\n" for words in lines))
    shutil.rmtree(kit, ignore_errors=True)
    new.rename(kit)
