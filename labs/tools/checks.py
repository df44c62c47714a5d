# SPDX-License-Identifier: MIT
"""The classes of a lab's lab.py: the files that a student writes, and the checks with their points."""

import dataclasses
import hashlib
import random

import forms

# The exits with which the runtime begins; `*` is anything.
START = ("LAB.get_args(num_bytes=4096, base_addr_lo=*) = *",)


@dataclasses.dataclass(frozen=True)
class Run:
    """A guest to run, and its expected result."""

    name: str
    points: int
    guest: str  # the file guest/NAME.c of the lab
    args: tuple = ()
    stdin: bytes = b""
    options: tuple = ()  # for labvisor
    memory: int = 64  # MiB of RAM
    status: int = 0
    stdout: "str | None" = None  # None: anything
    stderr: tuple = ()  # parts of the VMM's messages, in order, each in one line; `*` is anything
    trace: "tuple | None" = None  # every exit after START; `*` is anything
    files: dict = dataclasses.field(default_factory=dict)  # the files of files/ before the run: path to text
    files_after: "dict | None" = None  # and after it; a link has the text "-> target"
    max_exits: int = 1000
    max_insns: int = 10_000_000
    hints: tuple = ()  # hints.py
    case: "callable" = None  # from a random.Random of what is drawn to fields of this check
    said: "str | None" = None  # what of stdout the check's own code prints; `*` is anything; None: all of it
    vmm_args: tuple = ()  # what the VMM gets: it does not see args, which are the guest's
    starter_vmm: bool = False  # the starter's VMM runs it: it needs none of the student's VMM code
    effects: "callable" = None  # from the guest's Memory and its satp at the end to whether both are right; with starter_vmm
    source: tuple = ()  # (file, whether its text without comments is right, what it lacks if not)
    given: bool = False  # the starter passes it, and the solution must, too

    @property
    def says(self):
        """The text that is part of the guest's last mark (seal.py); None: any."""
        said = self.stdout if self.said is None else self.said
        return None if said in (None, "*") else said.encode()

    def for_seed(self, seed):
        if self.case is None:
            return self
        return dataclasses.replace(self, **self.case(random.Random(f"{seed} {self.name}")))


@dataclasses.dataclass(frozen=True)
class Answer:
    """A question, answered by a line name=value in answers.txt."""

    name: str
    points: int
    look: str  # where the answer can be found
    form: "callable" = forms.number  # forms.py: what kind of answer, and its normal form
    value: "callable" = None  # from a run's exits, the VMM's other lines, and status, to the right answer
    guest: str = ""  # the guest that is run for it, with the student's number
    sealed: str = ""  # or seal() of the right answer, which is the same for all; a handout has none if there are two
    given = False

    @property
    def later(self):
        """Whether this tree does not have the right answer: who may try can find it by two trials."""
        return not self.value and not self.sealed

    def is_right(self, normal, lab, observed):
        """normal: the answer's normal form. observed: returns the right answer, if it comes from a run."""
        if self.value:
            return normal == forms.normal(self.form, str(observed()))
        return seal(lab, self.name, normal) == self.sealed


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
    """Returns a student's number, which can be an argument of guests."""
    return random.Random(f"{seed} number").randrange(1, 10**6)


def seal(lab, name, text):
    """Returns a digest of an answer's normal form, which does not show it. It is slow, so that guessing takes longer
    than observing the guest."""
    salt = f"labvisor lab {lab} {name}".encode()
    return hashlib.pbkdf2_hmac("sha256", text.encode(), salt, 10_000)[:8].hex()
