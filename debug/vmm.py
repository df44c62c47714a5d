"""
gdb commands for the VMM itself (README.md, "Both sides of a hypercall"): gdb -x debug/vmm.py

  dispatch        run to the next hypercall, in the VMM, before its handler
  exit-struct     struct vm_exit of the vCPU at hand, by its kind
  kvm-run         the mapped struct kvm_run, by its exit reason (in the back ends of KVM)
  guest           the guest as a second inferior, as it is now: `inferior 1` leads back
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

# linux/kvm.h: the exit reasons, and the part of struct kvm_run that tells more.
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
    """The nearest frame's struct vcpu."""
    frame = gdb.selected_frame()
    while frame:
        try:
            value = frame.read_var("vcpu")
            if not value.is_optimized_out:
                return value
        except ValueError:
            pass
        frame = frame.older()
    raise gdb.GdbError("no frame here has a vcpu")


class Dispatch(gdb.Command):
    """Run to the next hypercall, in the VMM, before its handler."""

    def __init__(self):
        super().__init__("dispatch", gdb.COMMAND_RUNNING)

    def invoke(self, args, from_tty):
        gdb.Breakpoint("hypercall_dispatch", temporary=True, internal=True)
        gdb.execute("continue")
        gdb.execute("exit-struct")


class ExitStruct(gdb.Command):
    """struct vm_exit of the vCPU at hand, by its kind."""

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
    """The mapped struct kvm_run, by its exit reason."""

    def __init__(self):
        super().__init__("kvm-run", gdb.COMMAND_DATA)

    def invoke(self, args, from_tty):
        backend = vcpu()["vm"]["backend"]["name"].string()
        if not backend.startswith("kvm"):
            raise gdb.GdbError(f"{backend} has no struct kvm_run: it is no back end of KVM")
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
    """The guest as a second inferior, as it is now; `inferior 1` leads back to the VMM.

    The VMM, which has stopped, cannot serve gdb; it writes a core of the guest instead."""

    def __init__(self):
        super().__init__("guest", gdb.COMMAND_DATA)
        self.number = None  # of its inferior

    def invoke(self, args, from_tty):
        vm = vcpu()["vm"]
        image = vm["image"]["source"]["name"].string()
        handle, path = tempfile.mkstemp(prefix="guest-", suffix=".core")
        os.close(handle)
        try:
            fd = gdb.parse_and_eval(f'((int (*)(const char *, int)) open)("{path}", {os.O_RDWR})')
            gdb.set_convenience_variable("labvisor_vm", vm)
            status = gdb.parse_and_eval(f'core_write($labvisor_vm, {int(fd)}, "{path}")')
            gdb.parse_and_eval(f"((int (*)(int)) close)({int(fd)})")
            if int(status):
                raise gdb.GdbError("the VMM could not write a core of its guest")
            if self.number is None:
                gdb.execute(f"add-inferior -no-connection -exec {image}", to_string=True)
                self.number = max(inferior.num for inferior in gdb.inferiors())
            gdb.execute(f"inferior {self.number}", to_string=True)
            gdb.execute(f"core-file {path}")
        finally:
            os.unlink(path)


gdb.execute("handle SIGALRM SIGIO nostop noprint pass", to_string=True)
Dispatch()
Guest()
ExitStruct()
KvmRun()
