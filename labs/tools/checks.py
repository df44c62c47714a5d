# SPDX-License-Identifier: MIT
"""What a lab's lab.py says: the files that a student writes, and the checks that give points."""

import dataclasses
import hashlib
import random

# The exits with which the runtime begins, on soft; `*` is anything.
START = ("LAB.get_abi_version() = *", "LAB.get_args(num_bytes=4096, base_addr_lo=*) = *")


@dataclasses.dataclass(frozen=True)
class Run:
    """A guest that is run, and what has to come of it."""

    name: str
    points: int
    guest: str  # the file guest/NAME.c of the lab
    args: tuple = ()
    stdin: bytes = b""
    options: tuple = ()  # for labvisor
    first: tuple = ()  # options of a run before this one, which gets stdin in its place
    status: int = 0
    stdout: "str | None" = None  # None: whatever it is
    stderr: tuple = ()  # what the VMM has to say, line after line: parts of them; `*` is anything
    trace: "tuple | None" = None  # every exit after START; `*` is anything
    files: dict = dataclasses.field(default_factory=dict)  # what is in files/ before, by path: the text
    files_after: "dict | None" = None  # and afterwards; a link is a text "-> target"
    max_exits: int = 1000
    max_insns: int = 10_000_000
    hints: tuple = ()  # (regular expression, words): the first that is found in what went wrong
    case: "callable" = None  # from a random.Random of the student's: fields of this check
    given: bool = False  # the starter passes it: what worked has to go on working

    def for_seed(self, seed):
        if self.case is None:
            return self
        return dataclasses.replace(self, **self.case(random.Random(f"{seed} {self.name}")))


@dataclasses.dataclass(frozen=True)
class Answer:
    """A question, answered by a line name=value in answers.txt."""

    name: str
    points: int
    hint: str  # what to do if it is wrong
    value: "callable" = None  # from the student's number to the right answer
    sealed: str = ""  # or seal() of the one that is right for all
    given = False

    def is_right(self, text, lab, seed):
        if self.value:
            return text.lower() == str(self.value(number_of(seed)))
        return seal(lab, self.name, text) == self.sealed


@dataclasses.dataclass(frozen=True)
class Lab:
    number: int
    title: str
    hours: int
    files: tuple  # what a student writes and hands in
    checks: tuple

    @property
    def points(self):
        return sum(check.points for check in self.checks)


def number_of(seed):
    """A student's number, which guests can be given as an argument."""
    return random.Random(f"{seed} number").randrange(1, 10**6)


def seal(lab, name, text):
    """A digest of an answer, which does not tell it; slow, so that guessing is slower than asking
    the machine."""
    salt = f"labvisor lab {lab} {name}".encode()
    return hashlib.pbkdf2_hmac("sha256", text.encode(), salt, 50_000)[:8].hex()


def read_answers(text):
    """The lines name=value; a # begins a comment."""
    lines = (line.split("#")[0].partition("=") for line in text.splitlines())
    return {name.strip(): value.strip() for name, equals, value in lines if equals}
