# SPDX-License-Identifier: MIT
"""
gdb commands for VM exits (docs/debugging.md):

  gdb -x debug/labvisor.py GUEST

Each sends a command `monitor exit-...`, which labvisor's stub handles.
"""

import re

import gdb


def monitor(name, args="", part=None):
    """Returns what the stub prints for a command of gdb's. part: the stub's; for vmexit-NAME, it is exit-NAME."""
    if not gdb.selected_thread():
        raise gdb.GdbError(f"{name}: no guest is connected: `make debug` starts one, `target extended-remote` connects to one")
    try:
        text = gdb.execute(f"monitor {part or name.removeprefix('vm')} {args}".rstrip(), to_string=True)
    except gdb.error as error:
        raise gdb.GdbError(f"{name}: {error}")
    return re.sub(r"\A\++monitor .*\n", "", text)  # with `set trace-commands on`, gdb prints the command


def names():
    """Returns the names of exits, calls and extensions."""
    words = [word for word in monitor("exit-names").split() if not word.endswith(":")]
    return sorted({*words, *(part for word in words for part in word.split("."))})


def numbers():
    """Returns those of what vmexit-break has set."""
    return re.findall(r"^(\d+): stops at", monitor("exit-info"), re.M)


class Command(gdb.Command):
    """A command whose first word gdb completes."""

    def __init__(self, name, doc, words=list):
        self.__doc__ = doc
        self.name = name
        self.words = words
        super().__init__(name, gdb.COMMAND_RUNNING)

    def complete(self, text, word):
        try:
            found = [name for name in self.words() if name.startswith(text)]
        except gdb.GdbError:  # no guest is connected
            return gdb.COMPLETE_NONE
        return [name[len(text) - len(word or "") :] for name in found]


class Show(Command):
    """A command that prints the stub's answer."""

    def __init__(self, name, doc, words=list, part=None):
        super().__init__(name, doc, words)
        self.part = part

    def invoke(self, args, from_tty):
        gdb.write(monitor(self.name, args, self.part))


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


class Run(Command):
    """A command that runs the guest, unless the stub answers why it cannot."""

    def __init__(self, name, doc, part=None, resume="continue", words=list):
        self.part = part  # a stub's command that needs no arguments; None: the one of this name
        self.resume = resume
        super().__init__(name, doc, words)

    def invoke(self, args, from_tty):
        if self.part and args:
            raise gdb.GdbError(f"{self.name} takes no argument: see `help {self.name}`")
        problem = monitor(self.name, args, self.part)
        if problem:
            raise gdb.GdbError(problem.strip())
        gdb.execute(self.resume)


class Goto(Command):
    """Goes to an exit or a mark."""

    def invoke(self, args, from_tty):
        answer = monitor(self.name, args).strip()
        if answer not in ("continue", "reverse-continue"):
            raise gdb.GdbError(answer)
        gdb.execute(answer)


Walk()
Goto("vmexit-goto", "vmexit-goto N|NAME: go to exit N, or to a mark, forwards or backwards (backwards on soft).")
Run("vmexit-step", "Run to the next VM exit. Stop before the VMM handles it.", part="exit-next")
Run("vmexit-finish", "Let the VMM handle this exit. Stop where the guest continues.", part="exit-finish")
Run("vmexit-next", "vmexit-next NAME|EID [if FIELD OP NUMBER [and ...]]: run to the next such exit.", words=names)
Run("vmexit-back", "Run backwards to the exit before (on soft).", part="exit-back", resume="reverse-continue")
Show("vmexit-break", "vmexit-break [NAME|EID] [if FIELD OP NUMBER [and ...]]: stop at each such exit.", names)
Show("vmexit-delete", "vmexit-delete [N]: delete one that vmexit-break has set, or all.", numbers)
Show("vmexit-enable", "vmexit-enable [N]: stop again at one that vmexit-disable has disabled, or at all.", numbers)
Show("vmexit-disable", "vmexit-disable [N]: do not stop at one that vmexit-break has set, or at all.", numbers)
Show("vmexit-condition", "vmexit-condition N [FIELD OP NUMBER [and ...]]: change its condition, or remove it.", numbers)
Show("vmexit-ignore", "vmexit-ignore N COUNT: do not stop the next COUNT times.", numbers)
Show("vmexit-info", "Show this vCPU's last exit, its arguments, and what vmexit-break has set.")
Show("vmexit-list", "vmexit-list [N]: show the last N exits (10).")
Show("vmexit-trace", "vmexit-trace on|off: show each exit while the guest runs.", lambda: ["on", "off"])
Show("vmexit-mark", "vmexit-mark NAME: give this position a name, for vmexit-goto (on soft).")
Show("when", "Show the number of the last exit, and how many instructions were executed (on soft).", part="exit-when")
Show("vmexit-names", "Show the names of exit kinds and calls.")


def refuse(breakpoint):
    """Disables a new breakpoint at which the guest cannot stop, and says why."""
    if breakpoint.type not in (gdb.BP_BREAKPOINT, gdb.BP_HARDWARE_BREAKPOINT) or not gdb.selected_thread():
        return
    shown = gdb.execute(f"info breakpoints {breakpoint.number}", to_string=True)
    for address in re.findall(r"^\d.* [yn]\*? +(0x[0-9a-f]+)", shown, re.M):  # gdb before 13 has no Breakpoint.locations
        problem = monitor("can-break", address)
        if problem:
            breakpoint.enabled = False
            gdb.write(f"breakpoint {breakpoint.number} is disabled: at {int(address, 16):#x}, {problem}")


gdb.events.breakpoint_created.connect(refuse)
