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
REST = "build/rest.o"  # the VMM's objects that no student changes
WITH_LIBC = "build/rest-with-libc.o"
# Of a static program, at the addresses of its file or at random ones.
START_FILES = {
    "-static": ("crt1.o", "crti.o", "crtbeginT.o", "crtend.o", "crtn.o"),
    "-static-pie": ("rcrt1.o", "crti.o", "crtbeginS.o", "crtendS.o", "crtn.o"),
}


def start_file(compiler, name):
    """Returns the path of a file that the compiler adds to each program."""
    asked = [*compiler, f"-print-file-name={name}"]
    return subprocess.run(asked, capture_output=True, encoding="utf-8", check=True).stdout.strip()


def link_beforehand(base, words, made):
    """Returns shell words for a link of the VMM in less time, and makes what they need."""
    objects = [word for word in words if word.endswith(".o") and word not in made]
    if "-o" not in words or len(objects) < 10:  # an archive, or a guest, which has one or two
        return shlex.join(words)
    compiler = list(itertools.takewhile(lambda word: not word.startswith("-"), words))
    kind = "-static-pie" if "-static-pie" in words else "-static"
    first, entry, begin, end, last = (start_file(compiler, name) for name in START_FILES[kind])
    join = [*compiler, "-static", "-r", "-nostdlib", "-Wl,--strip-debug"]
    subprocess.run([*join, "-o", REST, *objects], cwd=base, check=True)
    at = words.index(objects[0])
    rest = [word for word in words[at:] if word not in objects]
    usual = shlex.join([*words[:at], REST, *rest])
    # The first start file is with libc in this link, for it defines what libc's own variant would.
    libraries = ["-Wl,--start-group", "-lgcc", "-lgcc_eh", "-lc", "-Wl,--end-group"]
    fast = [*words[:at], "-nostdlib", entry, begin, WITH_LIBC, *rest, end, last]
    for link in ([*join, "-o", WITH_LIBC, first, REST, *libraries], fast):
        if subprocess.run(link, cwd=base, capture_output=True).returncode:
            return usual
    # A student's file may call what the VMM does not: then the libraries have to be searched again.
    return f"{shlex.join(fast)} 2>/dev/null || {usual}"


def script_of(base, said):
    """Returns the script's lines, and the files that they make. said: see make."""
    commands = (line.partition(" || ")[0] for line in said.splitlines())  # without words about a failure
    lines = [shlex.split(part) for line in commands for part in line.split(" && ")]
    lines = [words for words in lines if words[0] != "mkdir"]
    made = {name for words in lines for option, name in itertools.pairwise(words) if option == "-o"}
    made |= {words[-1] for words in lines if words[0] == "mv"}
    return [link_beforehand(base, words, made) for words in lines], made


def make(base, kit, lab, said):
    """Makes the kit. said: what `make -n` prints if all of the student's files have changed."""
    new = kit.with_name("kit.new")
    shutil.rmtree(new, ignore_errors=True)
    lines, made = script_of(base, said)
    named = {word for line in lines for word in shlex.split(line)}
    for path in base.rglob("*"):
        name = path.relative_to(base).as_posix()
        program = path.parent == base / "build" and (path.suffix == ".elf" or path.name == "labvisor")
        wanted = program if name.startswith("build/") else not name.endswith(SOURCES) or name in lab.files
        if path.is_file() and (wanted or name in named) and name not in made:
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, new / name)
    for name in made:
        (new / name).parent.mkdir(parents=True, exist_ok=True)
    (new / SCRIPT).write_text("\n".join(["set -e", *lines, ""]), encoding="utf-8")
    shutil.rmtree(kit, ignore_errors=True)
    new.rename(kit)
