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

    def __init__(self, name, doc):
        self.__doc__ = doc
        self.name = name
        super().__init__(name, gdb.COMMAND_RUNNING)

    def invoke(self, args, from_tty):
        gdb.write(monitor(self.name, args))


class Walk(gdb.Command):
    """walk EXPRESSION [TABLE]: translate a virtual address, entry by entry, through both stages.

    TABLE: another value of satp or cr3 than the present one, or the address of a table."""

    def __init__(self):
        super().__init__("walk", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, args, from_tty):
        if not args:
            raise gdb.GdbError("walk EXPRESSION [TABLE]: an address was expected, such as $pc or &x")
        address, _, table = args.rpartition(" ")
        try:
            words = [number_of(args)]
        except gdb.error as error:
            if not address:
                raise gdb.GdbError(f"walk: {error}")
            try:
                words = [number_of(address), number_of(table)]
            except gdb.error:
                raise gdb.GdbError(f"walk: {error}")
        gdb.write(monitor("walk", " ".join(words)))


def number_of(expression):
    """Returns the value of an expression, also of $satp, which has fields."""
    value = gdb.parse_and_eval(expression)
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT:
        value = sum(int(value[field]) << field.bitpos for field in value.type.fields())
    return hex(int(value) & (1 << 64) - 1)


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


Walk()
Run("vmexit-step", "Run to the next VM exit. Stop before the VMM handles it.", part="exit-next")
Run("vmexit-finish", "Let the VMM handle this exit. Stop where the guest continues.", part="exit-finish")
Run("vmexit-next", "vmexit-next NAME|EID [if FIELD OP NUMBER [and ...]]: run to the next such exit.")
Run("vmexit-back", "Run backwards to the exit before (on soft).", part="exit-back", resume="reverse-continue")
Show("vmexit-break", "vmexit-break [NAME|EID] [if FIELD OP NUMBER [and ...]]: stop at each such exit.")
Show("vmexit-delete", "vmexit-delete [N]: delete one that vmexit-break has set, or all.")
Show("vmexit-info", "Show this vCPU's last exit, its arguments, and what vmexit-break has set.")
Show("vmexit-list", "vmexit-list [N]: show the last N exits (10).")
Show("vmexit-trace", "vmexit-trace on|off: show each exit while the guest runs.")
Show("vmexit-names", "Show the names of exit kinds and calls.")


def refuse(breakpoint):
    """Disables a new breakpoint at which the guest cannot stop, and says why."""
    if breakpoint.type not in (gdb.BP_BREAKPOINT, gdb.BP_HARDWARE_BREAKPOINT) or not gdb.selected_thread():
        return
    for location in getattr(breakpoint, "locations", ()):  # gdb before 13 has none
        problem = monitor("can-break", hex(location.address))
        if problem:
            breakpoint.enabled = False
            gdb.write(f"breakpoint {breakpoint.number} is disabled: at {location.address:#x}, {problem}")


gdb.events.breakpoint_created.connect(refuse)
