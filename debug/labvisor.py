# SPDX-License-Identifier: MIT
"""
gdb commands for VM exits (docs/debugging.md):

  gdb -x debug/labvisor.py GUEST

Each sends a command `monitor exit-...`, which labvisor's stub handles.
"""

import gdb


def monitor(name, args):
    """Returns what the stub prints for vmexit-NAME."""
    return gdb.execute(f"monitor {name.removeprefix('vm')} {args}".rstrip(), to_string=True)


class Show(gdb.Command):
    """A command that prints the stub's answer."""

    def __init__(self, name, doc, part=None):
        self.__doc__ = doc
        self.name = part or name  # the stub's command
        super().__init__(name, gdb.COMMAND_RUNNING)

    def invoke(self, args, from_tty):
        gdb.write(monitor(self.name, args))


class Run(gdb.Command):
    """A command that runs the guest, unless the stub answers why it cannot."""

    def __init__(self, name, doc, part=None, resume="continue"):
        self.__doc__ = doc
        self.name = name
        self.part = part  # a stub's command that needs no arguments; None: the one of this name
        self.resume = resume
        super().__init__(name, gdb.COMMAND_RUNNING)

    def invoke(self, args, from_tty):
        if self.part and args:
            raise gdb.GdbError(f"{self.name} takes no argument: see `help {self.name}`")
        problem = monitor(self.part or self.name, args)
        if problem:
            raise gdb.GdbError(problem.strip())
        gdb.execute(self.resume)


class Goto(gdb.Command):
    """vmexit-goto N|NAME: go to exit N, or to a mark, forwards or backwards (backwards on soft)."""

    def __init__(self):
        super().__init__("vmexit-goto", gdb.COMMAND_RUNNING)

    def invoke(self, args, from_tty):
        answer = monitor("vmexit-goto", args).strip()
        if answer not in ("continue", "reverse-continue"):
            raise gdb.GdbError(answer)
        gdb.execute(answer)


Goto()
Run("vmexit-step", "Run to the next VM exit. Stop before the VMM handles it.", part="exit-next")
Run("vmexit-finish", "Let the VMM handle this exit. Stop where the guest continues.", part="exit-finish")
Run("vmexit-next", "vmexit-next NAME|EID [if FIELD OP NUMBER [and ...]]: run to the next such exit.")
Run("vmexit-back", "Run backwards to the exit before (on soft).", part="exit-back", resume="reverse-continue")
Show("vmexit-break", "vmexit-break [NAME|EID] [if FIELD OP NUMBER [and ...]]: stop at each such exit.")
Show("vmexit-delete", "vmexit-delete [N]: delete one that vmexit-break has set, or all.")
Show("vmexit-info", "Show this vCPU's last exit, its arguments, and what vmexit-break has set.")
Show("vmexit-list", "vmexit-list [N]: show the last N exits (10).")
Show("vmexit-trace", "vmexit-trace on|off: show each exit while the guest runs.")
Show("vmexit-mark", "vmexit-mark NAME: give this position a name, for vmexit-goto (on soft).")
Show("when", "Show the number of the last exit, and how many instructions were executed (on soft).", part="exit-when")
Show("vmexit-names", "Show the names of exit kinds and calls.")
