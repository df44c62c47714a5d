# SPDX-License-Identifier: MIT
"""Compares a run with the expected one: the first difference, in words."""

import itertools
import re
import signal

import memory
from checks import START
from hints import Difference, plain

LINE = re.compile(r"^\[ *[0-9.]+ ms\] vcpu\d+ #\d+ (.*?)  at 0x")
ADDRESS = re.compile(r"0x[0-9a-f]{5,16}\b|\b2(?:1[4-9]|2[01])\d{7}\b")  # decimal ones, too: RAM begins at 2147483648
HOST = re.compile(r"\b(0x)?7[ef][0-9a-f]{10}\b")  # an address in the VMM, which differs in each run
TRAP = re.compile(r"labvisor: the guest died(?: of|:) a trap.*")  # which one differs by compiler, if a pointer is wild
SATP = re.compile(rb"\bsatp ([0-9a-f]+)")
DIED, MAX_EXITS, MAX_INSNS = 116, 117, 118  # vmm/core/status.h


def printable(text, most=200):
    """Returns one line, up to a character that is no text: a student's program may print anything, such as
    what was in its memory, which differs by compiler."""
    text = re.sub(r"\s", " ", text[: 8 * most].strip())
    shown = "".join(itertools.takewhile(lambda c: c.isprintable() and c != "\ufffd", text))
    return shown if shown == text and len(text) <= most else shown[: most - 1] + "…"


def exits(trace):
    """Returns the exits of a trace, without addresses and times."""
    lines = (LINE.match(line) for line in trace.decode(errors="replace").splitlines())
    return [line[1] for line in lines if line]


def lines(stderr):
    """Returns the VMM's words."""
    return stderr.decode(errors="replace").splitlines()


def fits(pattern, text):
    """Compares with a pattern in which * is anything, in one pass: a text may be long and hostile."""
    first, *rest = pattern.split("*")
    if not rest:
        return first == text
    if not text.startswith(first) or not text.endswith(rest[-1]):
        return False
    at, end = len(first), len(text) - len(rest[-1])
    for part in rest[:-1]:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return at <= end


def without_open(want, have):
    """Returns an exit without the arguments that the expected one leaves open: they may come from any register."""
    for name in re.findall(r"(\w+)=\*", want):
        have = re.sub(rf"\b{name}=[^,)]*", f"{name}=*", have)
    return have


def masked(exit):
    return printable(ADDRESS.sub("*", exit))


def around(told, number):
    """Returns three exits around one of them."""
    return tuple((n, masked(told[n - 1])) for n in range(number - 1, number + 2) if 0 < n <= len(told))


def trace_difference(expected, told, ended):
    """ended: the guest ended as expected."""
    same = (fits(want, have) for want, have in zip(expected, told))
    number = next((number for number, fit in enumerate(same, 1) if not fit), min(len(expected), len(told)) + 1)
    if number > len(told) and (number > len(expected) or not ended):
        return None  # the reason for an early end says more
    want = expected[number - 1] if number <= len(expected) else "no more exits"
    exact = told[number - 1] if number <= len(told) else "no more exits"
    have = masked(without_open(want, exact))
    words = f"exit {number}: expected {want}, got {have}"
    return Difference(f"exit {number}", want, have, words, around(told, number), masked(exact))


def last_of(told):
    """Returns the last exit in words: its name alone, and with its values, which differ by compiler."""
    exit = masked(told[-1]) if told else "nothing"
    return f"at last {exit.partition('(')[0]}", f"at last {exit}"


def output_difference(expected, stdout, told):
    have = stdout.decode(errors="replace")
    if have == expected:
        return None
    have, want = have.splitlines(), expected.splitlines()
    same = (one == other for one, other in zip(want, have))
    number = next((number for number, equal in enumerate(same, 1) if not equal), min(len(want), len(have)) + 1)
    if number > max(len(want), len(have)):
        return Difference(f"line {number - 1}", "another end of line", "", "the output: its newlines differ")
    one = printable(want[number - 1]) if number <= len(want) else "the end"
    other, exact = (printable(have[number - 1]),) * 2 if number <= len(have) else (f"the end, {last}" for last in last_of(told))
    shown = (f"'{text}'" if number <= len(lines) else text for text, lines in ((one, want), (other, have)))
    return Difference(f"line {number}", one, other, "line {} of the output: expected {}, got {}".format(number, *shown), exact=exact)


def begins(check, stdout):
    """Returns whether the output is right as far as it goes."""
    return check.stdout is None or check.stdout.startswith(stdout.decode(errors="replace"))


def next_of(check, told, stdout):
    """Returns what a guest that has ended too early had to do next: a line of output, an exit, or its end."""
    rest = (check.stdout or "").splitlines()[stdout.count(b"\n") :]
    if rest:
        return printable(rest[0])
    expected = [*START, *(check.trace or ())]
    if check.trace is not None and len(told) < len(expected):
        return expected[len(told)]
    return f"status {check.status}"


def end_of(check, outcome, told, others):
    """Returns how a run ended, in short, in words, and in short with what differs by compiler; or None: as expected."""
    if outcome.overfull:
        return "too many files", "it wrote too many files, or too large ones", ""
    if outcome.signal in (signal.SIGXCPU, signal.SIGKILL):
        return "no end", "the VMM did not end: its CPU time is used up", ""
    if outcome.signal == signal.SIGXFSZ:
        return "too much output", "it wrote too much output", ""
    if outcome.signal in (signal.SIGILL, signal.SIGTRAP):  # handout.mk; each machine has its own
        short = "an index outside an array"
        return short, f"a check of the compiler has ended the VMM after {len(told)} exits: {short}?", ""
    if outcome.signal:
        name = {number.value: number.name for number in signal.Signals}.get(outcome.signal, f"signal {outcome.signal}")
        return name, f"the VMM was killed by {name} after {len(told)} exits", ""
    if outcome.status == check.status:
        return None
    said = printable(next((line for line in others if line.startswith("labvisor: ")), ""))
    if outcome.status == MAX_EXITS:
        short, exact = (f"more than {check.max_exits} exits, {last}" for last in last_of(told))
        return short, f"it made {short}", exact
    if outcome.status == MAX_INSNS:
        at = re.search(r" was at 0x[0-9a-f]+ (\w+)", said)
        short = f"more than {check.max_insns} instructions"
        return short, f"it executed {short}", short + (f", at last in {at[1]}" if at else "")
    kept = TRAP.sub("labvisor: the guest died of a trap", said)
    short, exact = (f"status {outcome.status}" + (f": {text.removeprefix('labvisor: ')}" if text else "") for text in (kept, said))
    return short, f"exit status {outcome.status}, expected {check.status}" + (f" ({kept})" if kept else ""), exact


def end_difference(check, outcome, told, others):
    end = end_of(check, outcome, told, others)
    if end is None:
        return None
    got, words, exact = end
    return Difference("the end", next_of(check, told, outcome.stdout), got, words, around(told, len(told) - 1), exact)


def words_difference(expected, others):
    """Returns None if these lines are among the VMM's, in order."""
    best = start = 0
    for first in range(len(others)):
        alike = 0
        while alike < min(len(expected), len(others) - first) and fits(f"*{expected[alike]}*", others[first + alike]):
            alike += 1
        if alike == len(expected):
            return None
        if alike > best:
            best, start = alike, first
    if not expected:
        return None
    have = printable(others[start + best]) if best and start + best < len(others) else "nothing of it"
    return Difference("the VMM's words", expected[best], have, f"the VMM did not say '{expected[best]}'")


def memory_difference(check, outcome, sealed, image, ram):
    """Compares what only the guest's execution leaves in its memory."""
    if not memory.is_unchanged(image, ram):
        return plain("the guest's code or constants have changed in its memory", "the memory")
    if not sealed.is_executed(image, ram, check.says, check.status if check.status < DIED else None):
        return plain("the guest was not executed to its end as the VMM's words say", "the execution")
    if check.effects and not check.effects(ram, int(SATP.search(outcome.stderr)[1], 16)):
        return plain("the page tables in the guest's memory do not map what the guest says", "the memory")
    return None


def files_difference(expected, found):
    for name in sorted({*expected, *found}):
        want, have = (f"'{printable(files[name])}'" if name in files else "no such file" for files in (expected, found))
        if expected.get(name) != found.get(name):
            place = f"the file {printable(name)}"
            return Difference(place, want, have, f"{place}: expected {want}, got {have}")
    return None


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)


def source_difference(check, read):
    """Compares the sources with what no run shows surely, whatever the compiler. read: returns a file's text."""
    for name, is_right, expected in check.source:
        if not is_right(without_comments(read(name))):
            return Difference("the source", expected, "nothing of it", f"{name} works by luck: another compiler may omit a part of it")
    return None


def difference(check, outcome, trace, files):
    """Returns the first difference, or None."""
    told, others = exits(trace), lines(outcome.stderr)
    exits_count, lines_count = check.trace is not None and not outcome.signal, check.stdout is not None
    wrong_line = lines_count and not outcome.signal and not begins(check, outcome.stdout)
    return (
        (trace_difference([*START, *check.trace], told, outcome.status == check.status) if exits_count else None)
        or (output_difference(check.stdout, outcome.stdout, told) if wrong_line else None)
        or end_difference(check, outcome, told, others)
        or (output_difference(check.stdout, outcome.stdout, told) if lines_count else None)
        or words_difference(check.stderr, others)
        or (files_difference(check.files_after, files) if check.files_after is not None else None)
    )


def shown(text):
    """Returns a text for a report: without addresses in the VMM, which differ in each run."""
    return printable(HOST.sub("*", text), 2000)
