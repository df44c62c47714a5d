# SPDX-License-Identifier: MIT
"""A wrong solution that students write, and the words that the grader must have for it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Mutant:
    what: str
    file: str  # the end of its path
    old: str  # text of the solution, which occurs once in the file
    new: str
    check: str  # the check that fails
    says: str  # words that the report and the lab's README.md have for it
