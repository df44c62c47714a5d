"""
gdb commands for VM exits (README.md, "Stepping from exit to exit"):

  gdb -x debug/labvisor.py GUEST

Each has a twin that needs no Python, `monitor NAME`, which does the first half: it arms the stub,
and `continue` does the rest.
"""

import gdb


def monitor(line):
    """What the stub answers."""
    return gdb.execute(f"monitor {line}", to_string=True)


class Exit(gdb.Command):
    """A command that the stub serves alone."""

    def __init__(self, name, doc):
        self.__doc__ = doc
        self.name = name
        super().__init__(name, gdb.COMMAND_RUNNING)

    def invoke(self, args, from_tty):
        gdb.write(monitor(f"{self.name} {args}".rstrip()))


class Run(Exit):
    """A command after which the guest runs, if the stub has said that it may."""

    def __init__(self, name, how, doc):
        super().__init__(name, doc)
        self.how = how

    def invoke(self, args, from_tty):
        answer = monitor(f"{self.name} {args}".rstrip())
        if not answer.startswith("`"):
            raise gdb.GdbError(answer.strip())
        gdb.execute(self.how)


Run("vmexit-step", "continue", "Run to the next VM exit, and stop before the VMM serves it.")
Run("vmexit-finish", "continue", "Let the VMM serve this exit, and stop where the guest goes on.")
Run("vmexit-next", "continue", "vmexit-next NAME|EID: run to the next exit of that kind or call.")
Run("vmexit-back", "reverse-continue", "Run backwards to the exit before (on soft).")
Exit("vmexit-break", "vmexit-break [NAME] [if FIELD OP NUMBER [and ...]]: stop at each such exit.")
Exit("vmexit-delete", "vmexit-delete [N]: forget what vmexit-break has set.")
Exit("vmexit-info", "This vCPU's last exit, its arguments, and what vmexit-break has set.")
Exit("vmexit-list", "vmexit-list [N]: the last N exits.")
Exit("vmexit-trace", "vmexit-trace on|off: show each exit while the guest runs.")
Exit("vmexit-names", "The names of exit kinds and calls.")
