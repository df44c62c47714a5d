# SPDX-License-Identifier: MIT
"""Turns the output of bench/ioctls.c into words: the names of the kernel's header."""

import os
import re
import subprocess

OTHER_ARCHITECTURES = re.compile("ARM|PPC|S390|SPAPR")  # their numbers are those of others, too
DIRECTIONS = {"": 0, "W": 1, "R": 2, "WR": 3}  # the two highest bits: ioctl(2), _IOC

# Registers of KVM_SET_ONE_REG by their ids, without the bits for size and architecture
# (RISC-V's asm/kvm.h, which is not on every machine).
ID_MASK = 0x0FFFFFFF
REGISTERS = {
    0x02000000: "pc",
    **{0x0200000A + i: f"a{i}" for i in range(6)},
    0x04000000: "timer frequency",
    0x08000009: "SBI DBCN",
}


class Names:
    def __init__(self):
        text = subprocess.run(
            [os.environ.get("CC", "cc"), "-E", "-dM", "-"],
            input="#include <linux/kvm.h>", capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        self.requests = {
            (DIRECTIONS[direction], int(number, 16)): name
            for name, direction, number in re.findall(
                r"#define (KVM_\w+) +_IO([WR]*)\(KVMIO, *(\w+)", text
            )
            if not OTHER_ARCHITECTURES.search(name)
        }
        self.capabilities = {
            int(number): name for name, number in re.findall(r"#define (KVM_CAP_\w+) (\d+)", text)
        }

    def start(self, lines):
        """The ioctls up to the guest's first KVM_RUN, described. That is the first one after its last
        vCPU was created. Earlier ones belong to VMs in which labvisor tries something."""
        steps = [self.describe(line) for line in lines]
        names = [name for name, _ in steps]
        if "KVM_RUN" not in names:
            return steps
        created = max(i for i, name in enumerate(names) if name == "KVM_CREATE_VCPU")
        return steps[: names.index("KVM_RUN", created) + 1]

    def describe(self, line):
        """(name, what it is about or "") of a line of ioctls."""
        request, argument = (int(word, 16) for word in line.split())
        name = self.requests.get((request >> 30, request & 0xFF), hex(request))
        if name in ("KVM_CHECK_EXTENSION", "KVM_ENABLE_CAP"):
            return name, self.capabilities.get(argument, str(argument))
        if name.endswith("_ONE_REG"):
            return name, REGISTERS.get(argument & ID_MASK, hex(argument))
        return name, ""
