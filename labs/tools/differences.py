# SPDX-License-Identifier: MIT
"""What a guest did beside what it had to do: the first difference, in words."""

import re
import signal

from checks import START

LINE = re.compile(r"^\[ *[0-9.]+ ms\] vcpu\d+ #\d+ (.*?)  at 0x")
ADDRESS = re.compile(r"0x[0-9a-f]{5,16}\b")
MAX_EXITS, MAX_INSNS = 117, 118  # vmm/core/status.h


def printable(text, most=200):
    """One line without control characters: a student's program may print anything."""
    text = "".join(c if c.isprintable() else " " for c in text.strip())
    return text if len(text) <= most else text[: most - 1] + "…"


def exits(stderr):
    """The exits that a trace tells, without addresses and times, and what else the VMM said."""
    told, others = [], []
    for line in stderr.decode(errors="replace").splitlines():
        found = LINE.match(line)
        if found:
            told.append(found[1])
        else:
            others.append(line)
    return told, others


def fits(pattern, text):
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None


def trace_mismatch(expected, told, ended):
    """ended: the guest has come to the end that it should."""
    for number, (want, have) in enumerate(zip(expected, told), 1):
        if not fits(want, have):
            return f"exit {number}: expected {want}, got {printable(ADDRESS.sub('*', have))}"
    number = min(len(expected), len(told)) + 1
    if len(told) < len(expected) and not ended:
        return None  # why it ended so early tells more
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
    return "the output: it differs in where its lines end"


def crashed(outcome, told):
    """How the VMM itself came to an end that is not its own, or None."""
    if outcome.signal in (signal.SIGXCPU, signal.SIGKILL):
        return "the VMM did not come to an end: its time is used up"
    if outcome.signal == signal.SIGXFSZ:
        return "it wrote without an end"
    if outcome.signal:
        return f"the VMM was killed by {signal.Signals(outcome.signal).name} after {len(told)} exits"
    return None


def status_mismatch(check, outcome, others):
    if outcome.status == check.status:
        return None
    if outcome.status == MAX_EXITS:
        return f"it made more than {check.max_exits} exits"
    if outcome.status == MAX_INSNS:
        return f"it executed more than {check.max_insns} instructions without an end"
    said = next((line for line in others if line.startswith("labvisor: ")), "")
    return f"exit status {outcome.status}, expected {check.status}" + (f" ({printable(said)})" if said else "")


def words_mismatch(expected, others):
    """Whether these lines are among those that the VMM said, one behind the other."""
    best = 0
    for start in range(len(others)):
        pairs = zip(expected, others[start:])
        alike = next((i for i, (words, line) in enumerate(pairs) if not fits(f"*{words}*", line)), None)
        if alike is None and len(others) - start >= len(expected):
            return None
        best = max(best, len(others) - start if alike is None else alike)
    return f"the VMM did not say '{expected[best]}'" if expected else None


def files_mismatch(expected, found):
    for name in sorted({*expected, *found}):
        want, have = (f"'{printable(files[name])}'" if name in files else "no such file" for files in (expected, found))
        if expected.get(name) != found.get(name):
            return f"the file {name}: expected {want}, got {have}"
    return None


def mismatch(check, outcome, files):
    """The first difference, with the hint that fits it; None if there is none."""
    told, others = exits(outcome.stderr)
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
    return f"{wrong}: {hint}" if hint else wrong
