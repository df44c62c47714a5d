# SPDX-License-Identifier: MIT
"""
gdb knows the processes of labos (docs/labos.md). `make debug GUEST=labos` loads this file.

At each stop, gdb gets the symbols of the program whose page tables are loaded. All programs have the
same addresses, so gdb has the symbols of one at a time.
"""

import os
import re

import gdb

TABLE = {"riscv:rv64": "((unsigned long)$satp.PPN << 12)", "i386:x86-64": "((unsigned long)$cr3 & ~0xffful)"}
PC = {"riscv:rv64": "pc", "i386:x86-64": "rip"}


def architecture():
    return gdb.selected_inferior().architecture().name()


def loaded_table():
    """Returns the GPA of the page table that the CPU uses, which is also the kernel's address of it."""
    return int(gdb.parse_and_eval(TABLE[architecture()]))


def processes():
    """Returns those of the kernel's table that exist."""
    table = gdb.parse_and_eval("processes")
    table.fetch_lazy()
    first, last = table.type.range()
    return [p for p in (table[i] for i in range(first, last + 1)) if str(p["state"]) != "FREE"]


def running():
    """Returns the process whose page tables are loaded, or None."""
    table, current = loaded_table(), gdb.parse_and_eval("current")
    if current and int(current["space"]["root"]) == table:
        return current.dereference()
    return next((p for p in processes() if int(p["space"]["root"]) == table and str(p["state"]) != "ENDED"), None)


def program_of(process):
    return process["command"].string().split(" ")[0]


def file_of(program):
    """Returns the file with a program's symbols, which stands beside the kernel's."""
    return os.path.join(os.path.splitext(gdb.current_progspace().filename)[0], f"{program}.elf")


# ---- The symbols of the running program ----


class Symbols:
    """The program whose symbols gdb has."""

    program = None

    def load(self, program):
        """Returns the one that gdb had before; None: none."""
        before = self.program
        if program == before:
            return before
        if before:
            gdb.execute(f"remove-symbol-file {file_of(before)}", to_string=True)
        self.program = program if program and os.path.exists(file_of(program)) else None
        if self.program:
            gdb.execute(f"add-symbol-file {file_of(self.program)}", to_string=True)
        return before


symbols = Symbols()


def is_in_kernel():
    symtab = gdb.selected_thread() and gdb.find_pc_line(int(gdb.parse_and_eval("$pc"))).symtab
    return bool(symtab) and symtab.objfile.filename == gdb.current_progspace().filename


def follow():
    if gdb.selected_thread():  # the guest has not ended
        process = running()
        symbols.load(process and program_of(process))


class Follow(gdb.Command):
    """Load the symbols of labos' program if it runs. gdb does so before it shows a stop."""

    def __init__(self):
        super().__init__("labos-symbols", gdb.COMMAND_FILES)

    def invoke(self, args, from_tty):
        if not is_in_kernel():  # there gdb shows a stop first: new symbols renumber the breakpoint's locations
            follow()


def stopped(event):
    forget_replaced()
    follow()


class Processes(gdb.Command):
    """List the processes of labos. A * marks the one whose page tables are loaded."""

    def __init__(self):
        super().__init__("info processes", gdb.COMMAND_STATUS)

    def invoke(self, args, from_tty):
        table, rows = loaded_table(), processes()
        if not rows:
            raise gdb.GdbError("labos has no process yet: `break schedule` stops when it has one")
        gdb.write("    pid parent state    pages page table  saved pc    command\n")
        for p in rows:
            root, parent = int(p["space"]["root"]), int(p["parent"])
            gdb.write(
                f"{'*' if root and root == table else ' '} {int(p['pid']):5} {int(p['parent']['pid']) if parent else 0:6}"
                f" {str(p['state']).lower():8} {int(p['space']['page_count']):5} {root:#011x} "
                f" {int(p['frame'][PC[architecture()]]):#011x} {p['command'].string()}\n"
            )


# ---- break PROGRAM:LINE ----

replaced = []  # breakpoints that gdb is to delete: it may not do so while it makes them


def forget_replaced():
    while replaced:
        replaced.pop().delete()


class IsProgram(gdb.Function):
    """$_program(NAME [, CONDITION]): whether this program of labos runs, and its condition is true."""

    def __init__(self):
        super().__init__("_program")

    def invoke(self, name, condition=None):
        process = running()
        if process is None or program_of(process) != name.string():
            return False
        if condition is None:
            return True
        symbols.load(name.string())
        gdb.newest_frame().select()
        return bool(gdb.parse_and_eval(condition.string()))


def address_of(program, where):
    """Returns where a line or a function of a program is. Leaves gdb with the symbols that it has."""
    before = symbols.load(program)
    try:
        return gdb.decode_line(f"{program}.c:{where}")[1][0].pc
    finally:
        symbols.load(before)


def created(breakpoint):
    """Replaces a pending breakpoint PROGRAM:LINE, at which only this program stops."""
    found = re.fullmatch(r"(\w+):(\w+)", breakpoint.location or "")
    if not breakpoint.pending or not found or not os.path.exists(file_of(found[1])):
        return
    breakpoint.enabled = False
    replaced.append(breakpoint)
    command = "hbreak" if breakpoint.type == gdb.BP_HARDWARE_BREAKPOINT else "break"
    command = "t" + command if breakpoint.temporary else command
    # gdb parses a condition at once, but may not have the program's variables.
    condition = re.search(r" if (.*?)(?: \((?:host|target) evals\))?$", gdb.execute(f"info breakpoints {breakpoint.number}", to_string=True), re.M)
    words = [found[1], *([condition[1].replace("\\", r"\\").replace('"', r"\"")] if condition else [])]
    try:
        which = ", ".join(f'"{word}"' for word in words)
        gdb.execute(f"{command} *{address_of(*found.groups()):#x} if $_program({which})")
    except gdb.error as error:
        gdb.write(f"{found[0]}: {error}\n")


Follow()
Processes()
IsProgram()
gdb.events.stop.connect(stopped)
gdb.events.breakpoint_created.connect(created)
gdb.events.before_prompt.connect(forget_replaced)
gdb.execute("set breakpoint pending on")
gdb.execute("define hook-stop\nlabos-symbols\nend")
