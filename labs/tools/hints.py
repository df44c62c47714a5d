# SPDX-License-Identifier: MIT
"""The first difference of a run from the expected one, and the hint for the mistake behind it.

A hint is given only if the place, the expected text, the text in its place and the exit before a
guest's early end are all those of its mistake, and if no other hint of the check fits, too. In a
pattern `*` is any text, and `#` a number.
"""

import dataclasses
import functools
import re

NUMBER = r"(-?0x[0-9a-f]+|-?[0-9]+)"


@dataclasses.dataclass(frozen=True)
class Difference:
    where: str  # "exit 3", "line 2", "the end", "the VMM's words", "the file NAME", "the source", "the execution"
    expected: str  # at the end: what the guest had to do next
    got: str
    words: str  # all of it for people, in one line
    around: tuple = ()  # the exits there: (number, exit)
    exact: str = ""  # for hints: got, with arguments that words leave out, as they differ by compiler


def plain(words, where=""):
    """Returns a difference that has words alone: no hint of a Run fits."""
    return Difference(where, "", "", words)


@functools.cache
def compiled(pattern):
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\#", NUMBER), re.S)


def numbers_in(patterns, text):
    """Returns the numbers at each `#` of the first pattern that a text fits, or None."""
    for pattern in (patterns,) if isinstance(patterns, str) else patterns:
        found = compiled(pattern).fullmatch(text)
        if found:
            return [int(number, 16 if "x" in number else 10) for number in found.groups()]
    return None


@dataclasses.dataclass(frozen=True)
class Hint:
    words: str  # the concept
    look: str  # the file and the part of it that has the mistake
    where: str  # patterns for the fields of a Difference; each may be a tuple of patterns, too
    expected: "str | tuple"
    got: "str | tuple"
    when: "callable" = None  # what holds for the numbers: those of expected, then those of got
    after: str = "*"  # pattern for the last exit before a guest's early end: its number and itself

    def fits(self, difference):
        fields = ((self.where, difference.where), (self.expected, difference.expected), (self.got, difference.exact or difference.got))
        last = "{} {}".format(*difference.around[-1]) if difference.around else ""
        places, *numbers = [numbers_in(patterns, text) for patterns, text in fields]
        if places is None or None in numbers or numbers_in(self.after, last) is None:
            return False
        return self.when is None or self.when(*numbers[0], *numbers[1])


def find(hints, difference):
    """Returns the hint for a difference, or None: also if two mistakes could be behind it."""
    found = {hint.words: hint for hint in hints if hint.fits(difference)}
    return next(iter(found.values())) if len(found) == 1 else None
