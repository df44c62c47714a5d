# SPDX-License-Identifier: MIT
"""
gdb commands for the VMM itself (docs/debugging.md, "Both sides of a hypercall"):

  gdb -x debug/vmm.py build/labvisor

  dispatch        run to the next hypercall, and stop in the VMM before its handler
  exit-struct     show the exit of the current vCPU (struct vm_exit)
  kvm-run         show the current vCPU's struct kvm_run (back ends with KVM)
  guest           add the guest, in its present state, as a second inferior
"""

import os
import tempfile

import gdb

EXIT_UNION = {
    "EXIT_HYPERCALL": "hypercall",
    "EXIT_PIO": "access",
    "EXIT_MMIO": "access",
    "EXIT_HALT": "wakes",
    "EXIT_SHUTDOWN": "reason",
    "EXIT_FAILED": "reason",
}

# linux/kvm.h: the name of each exit reason, and its member of struct kvm_run.
KVM_RUN = {
    2: ("KVM_EXIT_IO", "io"),
    3: ("KVM_EXIT_HYPERCALL", "hypercall"),
    4: ("KVM_EXIT_DEBUG", "debug"),
    5: ("KVM_EXIT_HLT", None),
    6: ("KVM_EXIT_MMIO", "mmio"),
    7: ("KVM_EXIT_IRQ_WINDOW_OPEN", None),
    8: ("KVM_EXIT_SHUTDOWN", None),
    9: ("KVM_EXIT_FAIL_ENTRY", "fail_entry"),
    10: ("KVM_EXIT_INTR", None),
    17: ("KVM_EXIT_INTERNAL_ERROR", "internal"),
    24: ("KVM_EXIT_SYSTEM_EVENT", "system_event"),
    35: ("KVM_EXIT_RISCV_SBI", "riscv_sbi"),
}


def vcpu():
    """Returns the variable vcpu of the nearest frame that has one."""
    frame = gdb.selected_frame()
    while frame:
        try:
            value = frame.read_var("vcpu")
            if not value.is_optimized_out:
                return value
        except ValueError:
            pass
        frame = frame.older()
    raise gdb.GdbError("no frame has a variable vcpu: use this in the run loop, a handler or a back end")


class Dispatch(gdb.Command):
    """Run to the next hypercall, and stop in the VMM before its handler."""

    def __init__(self):
        super().__init__("dispatch", gdb.COMMAND_RUNNING)

    def invoke(self, args, from_tty):
        gdb.Breakpoint("hypercall_dispatch", temporary=True, internal=True)
        gdb.execute("continue")
        gdb.execute("exit-struct")


class ExitStruct(gdb.Command):
    """Show the exit of the current vCPU (struct vm_exit)."""

    def __init__(self):
        super().__init__("exit-struct", gdb.COMMAND_DATA)

    def invoke(self, args, from_tty):
        exit_ = vcpu()["exit"]
        kind = str(exit_["kind"])
        part = EXIT_UNION.get(kind)
        gdb.write(f"{kind}\n")
        if part:
            gdb.write(exit_[part].format_string(max_elements=8, format="x" if part != "reason" else "") + "\n")


class KvmRun(gdb.Command):
    """Show the current vCPU's struct kvm_run: the exit reason, and its member."""

    def __init__(self):
        super().__init__("kvm-run", gdb.COMMAND_DATA)

    def invoke(self, args, from_tty):
        backend = vcpu()["vm"]["backend"]["name"].string()
        if not backend.startswith("kvm"):
            raise gdb.GdbError(f"{backend} has no struct kvm_run: it does not use KVM")
        state = vcpu()["state"].cast(gdb.lookup_type("struct kvm_vcpu").pointer())
        run = state["run"]
        reason = int(run["exit_reason"])
        name, part = KVM_RUN.get(reason, ("another", None))
        gdb.write(f"exit_reason = {reason} ({name})\n")
        if part:
            gdb.write(f"{part} = {run[part].format_string(format='x')}\n")
        try:
            regs = run["s"]["regs"]["regs"]
            gdb.write(f"rip = {int(regs['rip']):#x}, rax = {int(regs['rax']):#x}\n")
        except gdb.error:
            pass


class Guest(gdb.Command):
    """Add the guest, in its present state, as a second inferior. `inferior 1` selects the VMM again.

    The stopped VMM cannot answer a gdb. So this makes it write a core of the guest, and opens that.
    gdb may read it again at any time, so it stays until gdb ends, or until the next one."""

    def __init__(self):
        super().__init__("guest", gdb.COMMAND_DATA)
        self.number = None  # of the guest's inferior
        self.folder = tempfile.TemporaryDirectory(prefix="labvisor-")
        self.cores = 0

    def invoke(self, args, from_tty):
        vm = vcpu()["vm"]
        image = vm["image"]["source"]["name"].string()
        path = f"{self.folder.name}/guest-{self.cores}.core"
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC))
        try:
            fd = gdb.parse_and_eval(f'((int (*)(const char *, int)) open)("{path}", {os.O_RDWR})')
        except gdb.error as error:  # gdb 13 writes no registers on a CPU with AMX
            raise gdb.GdbError(f"guest: this gdb cannot call functions of the VMM on this CPU: take a newer gdb ({error})") from None
        gdb.set_convenience_variable("labvisor_vm", vm)
        status = gdb.parse_and_eval(f'core_write($labvisor_vm, {int(fd)}, "{path}")')
        gdb.parse_and_eval(f"((int (*)(int)) close)({int(fd)})")
        if int(status):
            raise gdb.GdbError("the VMM cannot write a core of its guest")
        if self.number is None:
            gdb.execute(f"add-inferior -no-connection -exec {image}", to_string=True)
            self.number = max(inferior.num for inferior in gdb.inferiors())
        gdb.execute(f"inferior {self.number}", to_string=True)
        gdb.execute(f"core-file {path}")
        if self.cores > 0:
            os.unlink(f"{self.folder.name}/guest-{self.cores - 1}.core")
        self.cores += 1


gdb.execute("handle SIGALRM SIGIO nostop noprint pass", to_string=True)
Dispatch()
Guest()
ExitStruct()
KvmRun()
