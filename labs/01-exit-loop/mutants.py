# SPDX-License-Identifier: MIT
"""Known misconceptions of lab 1."""

from mutant import Mutant

RUN, SOFT = "vmm/core/run.c", "vmm/backends/soft/soft.c"

MUTANTS = (
    Mutant(
        "the pc stays at the ecall",
        SOFT,
        "hart->pc += 4; /* after the ecall */",
        "",
        "hello",
        "the same call again: is the pc advanced after the ecall?",
    ),
    Mutant(
        "error and value swapped",
        SOFT,
        "hart->x[10] = (uint64_t)hypercall->ret.error;\n    if (!hypercall->legacy)\n"
        "        hart->x[11] = (uint64_t)hypercall->ret.value;",
        "hart->x[11] = (uint64_t)hypercall->ret.error;\n    hart->x[10] = (uint64_t)hypercall->ret.value;",
        "calls",
        "is the error in a0 and the value in a1?",
    ),
    Mutant(
        "arguments counted from a1",
        SOFT,
        "x[10 + i];",
        "x[11 + i];",
        "hello",
        "the arguments begin in a0, which is x[10]",
    ),
    Mutant(
        "a legacy call changes a1",
        SOFT,
        "    if (!hypercall->legacy)\n        hart->x[11]",
        "    hart->x[11]",
        "calls",
        "a call of SBI 0.1 has one result: a1 does not change",
    ),
    Mutant(
        "a halt waits whatever is pending",
        RUN,
        "    if (!(pending & vcpu->exit.wakes))\n",
        "    (void)pending;\n",
        "sleep",
        "a halt ends when an interrupt that may end it is pending: vcpu->timer.line, vcpu->ipi",
    ),
    Mutant(
        "a halt does not wait",
        RUN,
        "        handle_halt(vcpu);\n        return;",
        "        (void)handle_halt;\n        return;",
        "sleep",
        "a halted vCPU waits: vcpu_wait",
    ),
    Mutant(
        "an access to nothing is ignored",
        RUN,
        '            die_of_access(vcpu, "address", "RAM ends before it");',
        "            vcpu->exit.access.value = 0;",
        "nothing-write",
        "an access to an address without RAM ends the guest: vm_die says why",
    ),
    Mutant(
        "a reason to stop is ignored",
        RUN,
        '        vm_die(vcpu, "%s", vcpu->exit.reason);\n        return;',
        "        return;",
        "no_handler",
        "a back end's reason to stop is in vcpu->exit.reason: vm_die",
    ),
    Mutant(
        "EID and FID swapped",
        SOFT,
        "x[17]",
        "x[16 + 0 * 17]",
        "hello",
        "the EID is in a7, which is x[17], and the FID in a6",
    ),
)
