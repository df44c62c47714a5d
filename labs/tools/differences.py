# SPDX-License-Identifier: MIT
"""Compares a run with the expected one: the first difference, in words."""

import itertools
import re
import signal

import memory
from checks import START

LINE = re.compile(r"^\[ *[0-9.]+ ms\] vcpu\d+ #\d+ (.*?)  at 0x")
ADDRESS = re.compile(r"0x[0-9a-f]{5,16}\b|\b2(?:1[4-9]|2[01])\d{7}\b")  # decimal ones, too: RAM begins at 2147483648
HOST = re.compile(r"\b(0x)?7[ef][0-9a-f]{10}\b")  # an address in the VMM, which differs in each run
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


def trace_mismatch(expected, told, ended):
    """ended: the guest ended as expected."""
    for number, (want, have) in enumerate(zip(expected, told), 1):
        if not fits(want, have):
            return f"exit {number}: expected {want}, got {printable(ADDRESS.sub('*', without_open(want, have)))}"
    number = min(len(expected), len(told)) + 1
    if len(told) < len(expected) and not ended:
        return None  # the reason for its early end says more
    if len(told) < len(expected):
        return f"exit {number}: expected {expected[number - 1]}, got no more exits"
    if len(told) > len(expected):
        return f"exit {number}: expected no more exits, got {printable(ADDRESS.sub('*', told[number - 1]))}"
    return None


def output_mismatch(expected, stdout):
    have, want = stdout.decode(errors="replace"), expected
    if have == want:
        return None
    have, want = have.splitlines(), want.splitlines()
    for number, (one, other) in enumerate(zip(want, have), 1):
        if one != other:
            return f"line {number} of the output: expected '{printable(one)}', got '{printable(other)}'"
    number = min(len(have), len(want)) + 1
    if len(have) < len(want):
        return f"line {number} of the output: expected '{printable(want[number - 1])}', got the end"
    if len(have) > len(want):
        return f"line {number} of the output: expected the end, got '{printable(have[number - 1])}'"
    return "the output: its newlines differ"


def crashed(outcome, told):
    """Returns how the VMM ended, if not by itself, or None."""
    if outcome.overfull:
        return "it wrote too many files, or too large ones"
    if outcome.signal in (signal.SIGXCPU, signal.SIGKILL):
        return "the VMM did not end: its CPU time is used up"
    if outcome.signal == signal.SIGXFSZ:
        return "it wrote too much output"
    if outcome.signal:
        names = {number.value: number.name for number in signal.Signals}
        return f"the VMM was killed by {names.get(outcome.signal, f'signal {outcome.signal}')} after {len(told)} exits"
    return None


def status_mismatch(check, outcome, others):
    if outcome.status == check.status:
        return None
    if outcome.status == MAX_EXITS:
        return f"it made more than {check.max_exits} exits"
    if outcome.status == MAX_INSNS:
        return f"it executed more than {check.max_insns} instructions"
    said = next((line for line in others if line.startswith("labvisor: ")), "")
    return f"exit status {outcome.status}, expected {check.status}" + (f" ({printable(said)})" if said else "")


def words_mismatch(expected, others):
    """Returns None if these lines are among the VMM's, in order; else a message."""
    best = 0
    for start in range(len(others)):
        alike = 0
        while alike < min(len(expected), len(others) - start) and fits(f"*{expected[alike]}*", others[start + alike]):
            alike += 1
        if alike == len(expected):
            return None
        best = max(best, alike)
    return f"the VMM did not say '{expected[best]}'" if expected else None


def memory_mismatch(check, outcome, sealed, image, ram):
    """Compares what only the guest's execution leaves in its memory."""
    if not memory.is_unchanged(image, ram):
        return "the guest's code or constants have changed in its memory"
    if not sealed.is_executed(image, ram, check.says, check.status if check.status < DIED else None):
        return "the guest was not executed to its end as the VMM's words say"
    if check.effects and not check.effects(ram, int(SATP.search(outcome.stderr)[1], 16)):
        return "the page tables in the guest's memory do not map what the guest says"
    return None


def files_mismatch(expected, found):
    for name in sorted({*expected, *found}):
        want, have = (f"'{printable(files[name])}'" if name in files else "no such file" for files in (expected, found))
        if expected.get(name) != found.get(name):
            return f"the file {printable(name)}: expected {want}, got {have}"
    return None


def mismatch(check, outcome, trace, files):
    """Returns the first difference with its hint, or None."""
    told, others = exits(trace), lines(outcome.stderr)
    wrong = (
        crashed(outcome, told)
        or (trace_mismatch([*START, *check.trace], told, outcome.status == check.status) if check.trace is not None else None)
        or status_mismatch(check, outcome, others)
        or (output_mismatch(check.stdout, outcome.stdout) if check.stdout is not None else None)
        or words_mismatch(check.stderr, others)
        or (files_mismatch(check.files_after, files) if check.files_after is not None else None)
    )
    if wrong is None:
        return None
    hint = next((words for pattern, words in check.hints if re.search(pattern, wrong)), None)
    return HOST.sub("*", f"{wrong}: {hint}" if hint else wrong)
