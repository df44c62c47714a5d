# SPDX-License-Identifier: MIT
"""A wrong solution that students are known to write, and how the grader has to tell it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Mutant:
    what: str
    file: str  # of the lab's folder, or vmm/... of the repository
    old: str  # what of the solution it replaces, which is there once
    new: str
    check: str  # the check that fails
    says: str  # the words that the report, and the lab's README.md, has for it
