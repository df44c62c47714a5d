# SPDX-License-Identifier: MIT
"""Lab 1: what is graded."""

import forms
from checks import Answer, Lab, Run
from hints import Hint

EXIT = "LAB.exit(status=0)"
DIED = 116
YES_NO = forms.choice("yes", "no")

RUN, SOFT = "vmm/core/run.c", "vmm/backends/soft/soft.c"

# Exit 1 is the runtime's: of every guest whose exits are compared.
DECODING = (
    Hint("decode_hypercall is not written yet", f"{SOFT}: decode_hypercall", "exit 1", "LAB.get_args(*", "failed: decode_hypercall*"),
    Hint("handle_exit is not written yet", f"{RUN}: handle_exit", "*", "*", "status 116: *does not handle this kind of exit yet*"),
    Hint("the same call again: is the pc advanced after the ecall?", f"{SOFT}: apply_result", "exit 2", "*", "LAB.get_args(*"),
    Hint(
        "the arguments begin in a0, which is x[10]",
        f"{SOFT}: decode_hypercall",
        "exit 1",
        "LAB.get_args(num_bytes=4096, *",
        "LAB.get_args(num_bytes=*, base_addr_lo=0x0, *",
    ),
    Hint(
        "the EID is in a7, which is x[17], and the FID in a6",
        f"{SOFT}: decode_hypercall",
        "exit 1",
        "LAB.get_args(*",
        "unknown(eid=0x3, *",  # the FID
    ),
)


def hello(rng):
    names = ["".join(rng.choices("abcdefghij", k=rng.randrange(3, 12))) for _ in range(3)]
    status = rng.randrange(1, 100)
    return {
        "args": (str(status), *names),
        "status": status,
        "stdout": "".join(f"Hello, {name}\n" for name in names),
        "trace": (*(f"DBCN.console_write(num_bytes={len(n) + 8}, *) = *" for n in names), f"LAB.exit(status={status})"),
    }


def calls(rng):
    n = rng.randrange(50, 10**6)
    lines = (
        "fence: error 0, value 0\n",
        "version: error 0, value 2000000\n",
        "status: error -3, value 0\n",
        "unknown: error -2, value 0\n",
    )
    asked = (
        f"RFENCE.remote_sfence_vma_asid(hart_mask=0x1, hart_mask_base=0, start_addr={n:#x}, size={n + 1}, asid={n + 2}) = 0",
        "BASE.get_spec_version() = *",
        f"HSM.hart_get_status(hartid={n}) = invalid parameter",
        f"unknown(eid=0xb000000, fid={n:#x}) = not supported",
    )
    trace = [exit for call, line in zip(asked, lines) for exit in (call, f"DBCN.console_write(num_bytes={len(line)}, *) = *")]
    trace += ["LEGACY.console_putchar(ch='.') = 0", "DBCN.console_write(num_bytes=9, *) = *", EXIT]
    return {"args": (str(n),), "stdout": "".join(lines) + ".a1: 5eed\n", "said": "".join(lines) + "a1: 5eed\n", "trace": tuple(trace)}


def sleep(rng):
    times = [rng.randrange(1, 3000) for _ in range(4)]
    return {"args": tuple(map(str, times)), "stdout": "".join(f"{t} ms: slept\n" for t in times)}


def nothing(rng):
    n = rng.randrange(1, 10**6)
    return {"args": ("write", str(n)), "stderr": (f"it wrote {n:#x} (4 bytes) to address 0xe0000000",)}


BUSY = Hint("a halted vCPU waits: vcpu_wait", f"{RUN}: handle_halt", "the end", "*", "more than 100 exits, at last halt*")
NOT_HIDDEN = (
    *DECODING,
    Hint(
        "an access to an address without RAM ends the guest: vm_die says why",
        f"{RUN}: handle_exit, the exits EXIT_MMIO",
        "line 1",
        "the end",
        ("and went on", "read #"),
    ),
)

LAB = Lab(
    number=1,
    title="The exit loop",
    hours=5,
    files=("vmm/core/run.c", "vmm/backends/soft/soft.c", "labs/01-exit-loop/answers.txt"),
    checks=(
        Run("hello", 15, "hello", case=hello, hints=DECODING),
        Run(
            "calls",
            20,
            "calls",
            case=calls,
            hints=(
                *DECODING,
                Hint(
                    "is the error in a0 and the value in a1?",
                    f"{SOFT}: apply_result",
                    "exit 5",  # of the version
                    "DBCN.console_write(num_bytes=32, *",
                    "DBCN.console_write(num_bytes=33, *",
                ),
                Hint(
                    "a call of SBI 0.1 has one result: a1 does not change",
                    f"{SOFT}: apply_result, and hypercall->legacy",
                    "exit 11",
                    "DBCN.console_write(num_bytes=9, *",
                    "DBCN.console_write(num_bytes=6, *",
                ),
            ),
        ),
        Run(
            "sleep",
            15,
            "sleep",
            case=sleep,
            max_exits=100,
            hints=(
                *DECODING,
                Hint(
                    "a halt ends when an interrupt that may end it is pending: vcpu->timer.line, vcpu->ipi",
                    f"{RUN}: handle_halt",
                    "the end",
                    "# ms: slept",
                    "status 116: *it halted with no timer set: nothing can wake it",
                ),
                BUSY,
            ),
        ),
        Run("nothing-write", 5, "nothing", status=DIED, stdout="", case=nothing, hints=NOT_HIDDEN),
        Run(
            "nothing-read",
            5,
            "nothing",
            status=DIED,
            stdout="",
            stderr=("it read 4 bytes from address 0xe0000000",),
            hints=NOT_HIDDEN,
        ),
        Run(
            "forever",
            10,
            "forever",
            status=DIED,
            stderr=("it halted with no timer set: nothing can wake it",),
            max_exits=100,
            hints=(*DECODING, BUSY),
        ),
        Run(
            "no_handler",
            10,
            "no_handler",
            status=DIED,
            stderr=("a trap, illegal instruction (2), and no code where stvec points",),
            hints=(
                *DECODING,
                Hint(
                    "a back end's reason to stop is in vcpu->exit.reason: vm_die",
                    f"{RUN}: handle_exit, the exits EXIT_SHUTDOWN and EXIT_FAILED",
                    "*",
                    ("status 116", "a trap, illegal instruction*"),
                    ("more than # exits, at last shutdown*", "labvisor: the guest died: *"),
                ),
            ),
        ),
        Answer("pc_moved_by", 5, "grep for `pc +=`", forms.name, sealed="d86ee823fc67eb33"),
        Answer("hello_exits", 5, "OPTIONS=--trace numbers them; the runtime's count, too", sealed="4a96b598d15ced78"),
        Answer("died_status", 5, "vmm/core/status.h", sealed="8a38b037406a71a6"),
        # LAB 1: starter
        # Answer("kick_counts", 5, "vmm/core/limits.c: limits_count_exit", YES_NO),
        # LAB 1: solution
        Answer("kick_counts", 5, "vmm/core/limits.c: limits_count_exit", YES_NO, sealed="2c36ba698e44b472"),
        # LAB 1: end
    ),
)
