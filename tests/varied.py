# SPDX-License-Identifier: MIT
"""Submissions as many students would hand them in: each from a seed, and the same every time.

A submission begins as the solution, the starter, a mutant or two (mutants.py of the lab), or a
mistake whose effect the compiler chooses (SLIPS). Then its text and its answers are varied.
"""

import random
import re

from handed import mutants_of, solution

import handout

# Where C leaves the result to the compiler, or to what was in a register: file, old text, new text.
SLIPS = {
    2: (
        ("stubs.h", '"+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory"', '"+r"(a0) : "r"(a1), "r"(a6), "r"(a7) : "memory"'),
        ("stubs.h", ' : "memory");', ");"),
        ("stubs.h", "__asm__ volatile(", "__asm__("),
        ("stubs.h", '"+r"(a0), "+r"(a1) : "r"(a6)', '"=r"(a0), "=r"(a1) : "r"(a6)'),
        ("stubs.h", "return lab_call(EID_LAB2, FID_LAB2_put_number, (unsigned long)number, 0).error;", "lab_call(EID_LAB2, FID_LAB2_put_number, (unsigned long)number, 0);"),
        ("stubs.h", "(unsigned long)number, 0).error", "(unsigned)number, 0).error"),
        ("handlers.c", "uint64_t sum = 0;", "uint64_t sum;"),
        ("handlers.c", "    char text[32];", "    char text[8];"),
        ("handlers.c", "snprintf(text, sizeof(text), ", "sprintf(text, "),
        ("handlers.c", "char text[32];\n    int length = snprintf(text, sizeof(text), ", "char text[8];\n    int length = sprintf(text, "),
        ("handlers.c", '"%" PRId64 "\\n", (int64_t)args[0]', '"%d\\n", args[0]'),
        ("handlers.c", "kind < EXIT_KIND_COUNT", "kind <= EXIT_KIND_COUNT"),
        ("handlers.c", "args[0] >= EXIT_KIND_COUNT", "(int)args[0] >= EXIT_KIND_COUNT"),
        ("handlers.c", "uint64_t sum = 0;", "int sum = 0x7fffffff;\n    if (sum + 1 > sum)\n        sum = 0;"),
    ),
    3: (
        ("pointers.c", "    return false;\n    // LAB 3: end", "    // LAB 3: end"),
        ("pointers.c", "    return true;\n    // LAB 3: end", "    // LAB 3: end"),
        ("pointers.c", "uint64_t pte, page;", "uint64_t pte = 0, page;"),
        ("pointers.c", "        uint64_t done = 0;", "        uint64_t done;"),
        ("pointers.c", "gpa_t where;\n            void *to;", "gpa_t where;\n            void *to = to;"),
        ("pointers.c", "(UINT64_C(1) << shift)", "(1 << shift)"),
        ("pointers.c", "page = pte << 10 >> 20 << 12;", "page = (int)(pte >> 10) << 12;"),
        ("pointers.c", "        if (!entry)\n            return false;\n", ""),
        ("pointers.c", "        if (!from)\n            return false;\n        memcpy", "        memcpy"),
        ("pointers.c", "            if (!to)\n                return false;\n", ""),
        ("pointers.c", "const uint64_t *entry = memory_at(", "const uint32_t *entry = memory_at("),
        ("pointers.c", "level-- > 0", "--level >= 0"),
        ("pointers.c", "walk(memory, args[0], args[1], PTE_READ, &where) && ", ""),
    ),
    6: (
        ("files.c", "fd = -1, error = 0;", "fd, error;"),
        ("files.c", 'char path[FILE_PATH_MAX + 1] = "";', "char path[FILE_PATH_MAX + 1];"),
        ("files.c", "char path[FILE_PATH_MAX + 1] =", "char path[FILE_PATH_MAX] ="),
        ("files.c", "unsigned handle = 0;", "unsigned handle;"),
        ("files.c", "uint64_t done = 0;", "uint64_t done;"),
        ("files.c", "ssize_t moved = 1;", "size_t moved = 1;"),
        ("files.c", "args[0] > FILE_PATH_MAX", "(int)args[0] > FILE_PATH_MAX"),
        ("files.c", "handle < FILE_HANDLES &&", "handle <= FILE_HANDLES &&"),
        ("files.c", "request.handle >= FILE_HANDLES || ", ""),
        ("files.c", "args[0] >= FILE_HANDLES || ", ""),
        ("files.c", "    if (!from)\n        return;\n", ""),
        ("files.c", "    memcpy(&request, from, sizeof(request));\n", ""),
        ("files.c", "request.offset > INT64_MAX", "(off_t)request.offset + 1 < (off_t)request.offset"),
        ("files.c", "    close(fd);\n    return SBI_ERR_DENIED;", "    close(fd);"),
    ),
    8: (
        ("tasks.c", "    irq_disable();\n    context_switch", "    context_switch"),
        ("tasks.c", "    turn_left = tasks[0].weight;\n", ""),
        ("tasks.c", " + sizeof(tasks[i].stack)", ""),
        ("tasks.c", "turn_left = all[current].weight;", "turn_left += all[current].weight;"),
        ("tasks.c", "--turn_left > 0", "turn_left-- > 0"),
        ("tasks.c", "current = (current + 1) % task_count;", "current = current++ % task_count;"),
        ("timer.c", "void (*tick)(void) = NULL;", "void (*tick)(void);"),
        ("timer.c", "        tick = timer->tick;\n", ""),
        ("timer.c", "now >= timer->tick_at) {\n        tick", "(int)(now - timer->tick_at) >= 0) {\n        tick"),
        ("cpu.c", "const volatile unsigned *handled", "const unsigned *handled"),
        ("cpu.c", '__asm__ volatile("wfi" ::: "memory");', '__asm__ volatile("wfi");'),
        ("cpu.c", "        irq_disable();\n    }", "    }"),
        ("trap.c", "    ready = hart_pending(hart) &", "    ready |= hart_pending(hart) &"),
        ("trap.c", "!(hart->sstatus & SSTATUS_SIE)", "!hart->sstatus & SSTATUS_SIE"),
        ("trap.c", "hart_pending(hart) & hart->sie", "hart_pending(hart) && hart->sie"),
    ),
}

NAMES = r"^(?:    )+(?:const |static |register )*(?:unsigned long|unsigned|uint\d+_t|int\d+_t|s?size_t|long|int|bool|void|char|gpa_t|struct \w+) \**(\w+)(?= =|;|,|\[)"


def renamed(rng, text):
    """Gives some local variables other names."""
    names = sorted(set(re.findall(NAMES, text, re.M)))
    for name in rng.sample(names, min(len(names), rng.randrange(1, 4))):
        text = re.sub(rf'(?<![\w.>"%]){name}\b(?!")', f"my_{name}", text)
    return text


def commented(rng, text):
    """Adds comments, some of them odd."""
    words = ("// here\n", "/* two\n   lines */\n", "// \N{SNOWMAN} done?\n", "/* // */\n", "// return 0;\n", "// what??/\n", '/* " */\n', "// a path C:\\dir\\ \n")
    lines = text.splitlines(keepends=True)
    for _ in range(rng.randrange(1, 6)):
        lines.insert(rng.randrange(len(lines) + 1), "    " + rng.choice(words))
    return "".join(lines)


def laid_out(rng, text):
    """Tabs, the line ends of another system, spaces at the end, or a last line without an end."""
    return rng.choice(
        (
            lambda: text.replace("    ", "\t"),
            lambda: text.replace("\n", "\r\n"),
            lambda: text.replace(";\n", " ;  \n\n"),
            lambda: text.rstrip("\n"),
            lambda: "\ufeff" + text,
        )
    )()


def without_one(pattern, instead=""):
    """Returns a function that puts another text in one place of a pattern."""

    def vary(rng, text):
        found = list(re.finditer(pattern, text, re.M))
        if not found:
            return text
        match = rng.choice(found)
        return text[: match.start()] + match.expand(instead) + text[match.end() :]

    vary.__name__ = f"{instead!r} for {pattern!r}"
    return vary


def garnished(rng, text):
    """Adds what is not used."""
    return text + rng.choice(("\nstatic int unused;\n", "\nstatic inline int twice(int x)\n{\n    return 2 * x;\n}\n", "\n#define MINE 1\n", "\n;\n", "\nint x = 1\n", "\nstatic void one(void)\n{\n    undeclared();\n}\n"))


TEXTS = (
    renamed, renamed, commented, laid_out, garnished,
    without_one(r";$"),
    without_one(r"^#include .*\n"),
    without_one(r"\bconst "),
    without_one(r"\((?:u?int64_t|long|unsigned long|size_t|uintptr_t|off_t)\)"),
    without_one(r"^ +return [^;]*;\n"),
    without_one(r"^( +)(?:if|while) \(.*\)\n", r"\1/* always */\n"),
    without_one(r"(\w) < (\w)", r"\1 <= \2"),
    without_one(r"^( +(?:uint64_t|unsigned|int|long) \w+) = 0;", r"\1;"),
)  # fmt: skip


def answered(rng, text):
    """Right and wrong answers, some of them missing, or laid out in another way."""
    lines = []
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        kind = rng.randrange(10) if equals and not line.startswith("#") else 0
        if kind == 7:
            line = f"{name}={rng.choice(('0', 'no', '4096', '-1', value.upper(), value * 2))}"
        elif kind == 8:
            line = f"{name} = {value}   # I think"
        elif kind == 9:
            line = f"{name}="
        lines += [line] if rng.randrange(40) else []
    return "\n".join(lines) + "\n"


def changed(files, change):
    """Returns the files with a change (end of a path, old text, new text)."""
    end, old, new = change
    (name,) = (name for name in files if name.endswith(end))
    return {**files, name: files[name].replace(old, new)}


def begun(rng, number):
    """Returns what a submission begins as, in words, and its files."""
    mutants = [(mutant.what, (mutant.file, mutant.old, mutant.new)) for mutant in mutants_of(number)]
    slips = [(f"{new.strip()[:40]!r} for {old.strip()[:40]!r}", (end, old, new)) for end, old, new in SLIPS.get(number, ())]
    kind = rng.choice(("solution", "starter", "mutant", "mutant", "two", "slip", "slip", "slip"))
    files = solution(number)
    if kind == "starter":
        return kind, {name: handout.files(number)[name] for name in files}
    two, slip = rng.sample(mutants, 2), rng.choice(slips or mutants)
    picked = {"two": two, "slip": [slip]}.get(kind) or [rng.choice(mutants)]
    if kind == "solution":
        return kind, files
    for _, change in picked:
        files = changed(files, change)
    return " and ".join(what for what, _ in picked), files


def vary(number, seed):
    """Returns a submission of a lab, in words, and its files."""
    rng = random.Random(f"{number} {seed}")
    words, files = begun(rng, number)
    sources = sorted(name for name in files if not name.endswith("answers.txt"))
    for name in files:
        if name not in sources and rng.randrange(3):
            files[name] = answered(rng, files[name])
    for change in rng.sample(TEXTS, rng.choice((0, 0, 1, 1, 2))):
        name = rng.choice(sources)
        files[name] = change(rng, files[name])
        words += f"; {name.rsplit('/')[-1]} {change.__name__}"
    if rng.randrange(12) == 0:
        del files[rng.choice(sorted(files))]
        words += "; a file is missing"
    return words, files


def mistakes(number):
    """Each known mistake of a lab, in words, and its files."""
    for mutant in mutants_of(number):
        yield mutant.what, changed(solution(number), (mutant.file, mutant.old, mutant.new))
