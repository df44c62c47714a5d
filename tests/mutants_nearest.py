# SPDX-License-Identifier: MIT
"""Which tests are nearest to which file, and the mutants that no test can kill.

A stage is pytest's selection (`[make TARGET] FILE... [-k EXPRESSION]`) or `unit NAME`, a program of
tests/unit. The stages of a file run in their order, until one of them fails: the quickest likely killer first.
"""

QUICK = "test_manifest.py -k abi or calls or buffers or clock or tests/harts or minimal or args or status"
MANIFEST = "test_manifest.py -k not labos"  # whose sessions take long

BACKWARDS = "test_backwards.py test_recordings.py"
DEVICE = "make build/labvisor-device test_device.py"
SNAPSHOTS = "make build/dense/labvisor test_snapshots.py"
PROTOCOL = "test_gdb_protocol.py"
OBSERVE = "test_observe.py"
CORE_FILE = "test_gdb.py -k core"
INSTRUCTIONS = "make build/instructions test_instructions.py"
SURVEY = "test_cli.py test_modes.py test_harts.py test_images.py test_observe.py"

# The first pattern that fits a file's path counts, so a file may move within its folder.
NEAREST = [
    ("vmm/core/paging*", ["unit test_paging", CORE_FILE, QUICK, MANIFEST]),
    ("vmm/core/console*", [QUICK, "test_label.py", SURVEY, MANIFEST, BACKWARDS]),
    ("vmm/core/*", [QUICK, SURVEY, MANIFEST, PROTOCOL, BACKWARDS]),
    ("vmm/services/*", [QUICK, SURVEY, MANIFEST, "test_label.py", "test_console.py -k not tty and not signal", BACKWARDS]),
    ("vmm/image/core_file*", [CORE_FILE]),
    ("vmm/image/*", ["unit test_image", "test_author.py", "test_images.py", MANIFEST, SURVEY, CORE_FILE]),
    ("vmm/replay/*", [BACKWARDS, SNAPSHOTS, "test_label.py"]),
    ("vmm/watch/label*", ["test_label.py", BACKWARDS]),
    ("vmm/watch/*", [OBSERVE, QUICK, "test_gdb.py -k watchers or trace", BACKWARDS]),
    ("vmm/isa/riscv/decode*", ["unit test_decode", INSTRUCTIONS, "test_differential.py"]),
    ("vmm/isa/riscv/disassemble*", [INSTRUCTIONS, "unit test_decode"]),
    ("vmm/backends/soft/device*", ["test_manifest.py -k soft and riscv64", DEVICE, BACKWARDS]),
    ("vmm/backends/soft/float*", ["unit test_float", "unit test_float_rules", "test_differential.py"]),
    (
        "vmm/backends/soft/*",
        [
            "test_manifest.py -k soft and riscv64",
            "test_differential.py",
            "test_manifest.py test_harts.py test_traces.py -k not kvm-x86 and not labos",
            BACKWARDS,
            SNAPSHOTS,
            "test_gdb_protocol.py test_gdb_unseen.py -k riscv64",
            "test_gdb.py -k riscv64",
        ],
    ),
    (
        "vmm/backends/kvm*",
        [
            "test_manifest.py -k kvm-x86",
            "test_kvm_errors.py",
            "test_modes.py test_cli.py test_observe.py test_images.py -k not riscv64",
            "test_gdb_protocol.py test_gdb_unseen.py -k x86_64",
            "test_gdb.py -k x86_64",
            "test_labos.py -k x86_64",
        ],
    ),
    ("vmm/isa/riscv/*", ["unit test_fdt", "test_manifest.py -k soft", BACKWARDS, "test_gdb.py -k riscv64"]),
    ("vmm/gdb/*", ["unit test_link", PROTOCOL, BACKWARDS, "test_gdb_unseen.py", "test_gdb.py"]),
    ("vmm/main/diff*", ["test_diff.py"]),
    ("vmm/main/*", [SURVEY, MANIFEST, BACKWARDS]),
    *((f"vmm/host/linux/{n}.c", ["test_sandbox.py"]) for n in ("sandbox", "filter", "landlock", "refused")),
    ("vmm/host/*", ["test_manifest.py -k hello or clock or echo", PROTOCOL, "test_cli.py", "test_console.py"]),
    (
        "guest-rt/*",
        [*(f"unit test_{n}" for n in ("string", "stdlib", "stdio", "printf", "malloc", "fdt")), MANIFEST, "test_labos.py"],
    ),
    ("*", [QUICK, SURVEY, MANIFEST]),
]

# (name of the file, function, line, line of the mutant): the reason why it cannot be killed.
EQUIVALENT = {
    (
        "breakpoints.c",
        "breakpoint_may_be_at",
        "for (unsigned i = 0; i < vm->breakpoint_count; i++)",
        "for (unsigned i = 0; i <= vm->breakpoint_count; i++)",
    ): "one address more is looked at more slowly",
    (
        "cpuid.c",
        "x86_has_vmmcall",
        "return ebx == signature_AMD_ebx || ebx == HYGON_EBX;",
        "return ebx == signature_AMD_ebx && ebx == HYGON_EBX;",
    ): "shows on processors of AMD and Hygon only",
    (
        "history.c",
        "size",
        "return sizeof(*snapshot) + snapshot->page_count * (PAGE_SIZE + sizeof(struct page_copy));",
        "return sizeof(*snapshot) + snapshot->page_count * (PAGE_SIZE - sizeof(struct page_copy));",
    ): "counts a page as 4080 bytes towards a limit of 512 MiB",
    (
        "threads.c",
        "sleep_until_event",
        "bool input = vcpu->started && vcpu->wakes & WAKE_INPUT;",
        "bool input = vcpu->started || vcpu->wakes & WAKE_INPUT;",
    ): "a vCPU that wakes too early finds nothing that it wants, and waits again",
    (
        "breakpoints.c",
        "watchpoint_in_page",
        "return false;",
        "return 1;",
    ): "a page that is taken for watched is looked at more slowly, access by access",
    (
        "journal.c",
        "read_new",
        "return 0;",
        "return 1;",
    ): "the recording is over, and the VM with it: its guest sees no result",
    (
        "page_tables.c",
        "segment_rights",
        "*rights = (segment->write ? PTE_WRITE : 0) | (segment->execute ? 0 : PTE_NX);",
        "*rights = (segment->write ? PTE_WRITE : 0) | (segment->execute ? 1 : PTE_NX);",
    ): "1 is PTE_PRESENT, which map() adds",
    (
        "registers.c",
        "x86_set_registers",
        "if (memcmp(&state.sregs, &old.sregs, sizeof(old.sregs)) != 0 &&",
        "if (memcmp(&state.sregs, &old.sregs, sizeof(old.sregs)) != 1 &&",
    ): "registers that have not changed are set again, which takes longer",
    (
        "symbols.c",
        "image_free_symbols",
        "image->symbols = NULL;",
        "while (0) image->symbols = NULL;",
    ): "vm_destroy frees the image next, and nothing reads it in between",
    (
        "x86.c",
        "x86_frequency",
        "kvm->frequency = khz > 0 ? (uint64_t)khz * 1000 : 0;",
        "kvm->frequency = khz > 1 ? (uint64_t)khz * 1000 : 0;",
    ): "no TSC runs at 1 kHz",
    (
        "timeline.c",
        "timeline_begin",
        "return save(timeline, true);",
        "return save(timeline, false);",
    ): "nothing drops the first checkpoint: thin_out and timeline_restore look for an older one first",
    (
        "vm.c",
        "stacks_start",
        "return gpa(memory->base.value + (size < memory->size ? memory->size - size : 0));",
        "return gpa(memory->base.value + (size < memory->size ? memory->size - size : 1));",
    ): "no segment fits below the one or the other",
    (
        "trap.c",
        "hart_take_interrupt",
        "for (unsigned i = 0; i < 3 && ready; i++)",
        "for (unsigned i = 0; i < 4 && ready; i++)",
    ): "sie has these three bits alone, so one of the three is found",
    (
        "modes.c",
        "x86_set_long_mode",
        "return -1;",
        "return -2;",
    ): "only less than 0 is asked for",
    (
        "vmcall.c",
        "enable_exits",
        ".args = {1ul << KVM_HC_MAP_GPA_RANGE}};",
        ".args = {0ul << KVM_HC_MAP_GPA_RANGE}};",
    ): "kvm_pvm passes no vmcall to user space, so none of its tests can run here (test_qemu.py has them)",
    (
        "harts.c",
        "handle_HSM_hart_stop",
        "vcpu->ipi = false;",
        "while (0) vcpu->ipi = false;",
    ): "hart_start clears it, too, and nobody reads a stopped hart's",
    (
        "limits.c",
        "limits_check",
        "if (vm->stopped || host_now() < vm->end_ns || has_nothing_to_report(vcpu))",
        "if (vm->stopped || host_now() <= vm->end_ns || has_nothing_to_report(vcpu))",
    ): "a nanosecond of the host's clock cannot be met",
    (
        "paging.c",
        "end_run",
        "search->run.size = 0;",
        "while (0) search->run.size = 0;",
    ): "its caller sets another run at once, or is the last",
    (
        "system.c",
        "handle_LAB_get_timebase",
        "if (frequency)",
        "if (1 || (frequency))",
    ): "no kernel at hand keeps the frequency to itself",
    (
        "system.c",
        "handle_LAB_wait",
        "vcpu_wait(vcpu, (input ? WAKE_INPUT : 0u) | (wanted & LAB_EVENT_TIMER ? WAKE_TIMER : 0u));",
        "vcpu_wait(vcpu, (input ? WAKE_INPUT : 0u) | (wanted | LAB_EVENT_TIMER ? WAKE_TIMER : 0u));",
    ): "a vCPU that wakes too early finds nothing that it wants, and waits again",
    (
        "turns.c",
        "slice_length",
        "if (vm->vcpu_count == 1)",
        "if (0 && (vm->vcpu_count == 1))",
    ): "one vCPU's turns follow each other: where they end shows nowhere",
}
