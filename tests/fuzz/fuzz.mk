# SPDX-License-Identifier: MIT
# libFuzzer targets: tests/fuzz/fuzz_NAME.c and files of the VMM, with ASan and UBSan.
#
#   make fuzz [TARGET=gdb] [TIME=30]
#   make coverage [TARGET=gdb]
#
# corpus/fuzz_NAME has inputs to start with, fuzz_NAME.dict words that inputs are made of.

# Seconds for each target.
TIME ?= 30
FUZZ := $(BUILD)/fuzz
FUZZERS := $(patsubst tests/fuzz/%.c,$(FUZZ)/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_CFLAGS := -std=gnu11 -O1 -g -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined \
  -fno-sanitize-recover=all -DCODE_PAGES_MAX=3 "-DMAX_WORK=(1u << 20)" -Ivmm -Iabi # so few that the fuzzer reaches them

fuzz_image := $(addprefix vmm/image/,image.c elf.c linux.c symbols.c lines.c inlines.c dwarf.c owner.c sections.c)
fuzz_core := vmm/image/core_file.c vmm/core/paging.c vmm/isa/riscv/paging.c
fuzz_dwarf := $(addprefix vmm/image/,elf.c symbols.c lines.c inlines.c dwarf.c owner.c sections.c)
fuzz_paging := vmm/core/paging.c vmm/isa/riscv/paging.c vmm/backends/kvm-x86/paging.c
fuzz_instructions := $(addprefix vmm/isa/riscv/,decode.c disassemble.c next.c)
fuzz_options := vmm/main/options.c vmm/isa/riscv/device_tree.c vmm/isa/riscv/fdt.c
fuzz_runtime := $(patsubst %,$(FUZZ)/guest-rt/%.o,malloc printf print_float big string strings generic/memory)
fuzz_soft := vmm/isa/riscv/decode.c $(addprefix vmm/backends/soft/,breakpoints.c execute.c float.c float_ops.c history.c \
  mmu.c trap.c csr.c) vmm/backends/soft/interpret/translate.c
FUZZ_CORE := $(filter-out vmm/core/threads.c vmm/image/core_file.c,\
  $(wildcard $(patsubst %,vmm/%/*.c,core image services watch)))
# The translator with bounds so low that the fuzzer reaches them.
fuzz_engines := $(filter-out vmm/backends/soft/interpret/%,$(fuzz_soft)) $(filter-out $(STENCILS),$(wildcard vmm/backends/soft/translate/*.c))
$(FUZZ)/fuzz_engines: override FUZZ_CFLAGS += -I$(STENCIL_BUILD) -DHOT=2 -DTRANSLATED_BYTES=0x20000 -DTRANSLATED_PAGES=4 -DJUMPS_MAX=1000
$(FUZZ)/fuzz_engines: $(STENCIL_BUILD)/stencils.inc
fuzz_hypercall := $(filter-out vmm/image/image.c,$(FUZZ_CORE))
fuzz_recording := $(FUZZ_CORE) tests/fuzz/machine.c $(wildcard $(patsubst %,vmm/%/*.c,replay backends/soft backends/soft/interpret isa/riscv))
fuzz_gdb := $(fuzz_recording) $(wildcard vmm/gdb/*.c)
fuzz_devices := $(fuzz_recording)

# The target has the exit() of options.c, which would end the fuzzer. (override: make coverage gives other flags.)
$(FUZZ)/fuzz_options: override FUZZ_CFLAGS += -Dexit=fuzz_exit

# The target sees what the VMM loads, and copies; without optimisation, as the source has it.
$(FUZZ)/fuzz_hypercall: override FUZZ_CFLAGS += -O0 -fsanitize-coverage=trace-loads -Dmemcpy=fetching_memcpy

.PHONY: fuzzers fuzz coverage
fuzzers: $(FUZZERS)

.SECONDEXPANSION:
$(FUZZERS): $(FUZZ)/%: tests/fuzz/%.c $$($$*) $(wildcard tests/fuzz/*.h vmm/*/*.h vmm/*/*/*.h vmm/*/*/*.def) $(wildcard abi/*)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)clang $(FUZZ_CFLAGS) -o $@ $(filter %.c %.o,$^)

# The runtime with names of its own, as for the unit tests.
$(FUZZ)/guest-rt/%.o: guest-rt/%.c $(wildcard guest-rt/*.h guest-rt/include/*.h)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)clang $(filter-out -I% -D%,$(FUZZ_CFLAGS)) -ffreestanding -nostdinc -isystem $(shell clang -print-resource-dir)/include \
	  -isystem guest-rt/include -Iguest-rt -Itests/unit -include tests/unit/rt_rename.h -c -o $@ $<

# The targets that are run: all, or fuzz_$(TARGET).
FUZZED := $(if $(TARGET),$(FUZZ)/fuzz_$(TARGET),$(FUZZERS))

# A real image is too large to be committed.
$(FUZZ)/corpus/fuzz_image/hello: $(BUILD)/guests/$(ARCH)/hello.elf
	@mkdir -p $(@D)
	@cp $< $@

fuzz: $(FUZZED) $(FUZZ)/corpus/fuzz_image/hello
	$(Q)for fuzzer in $(FUZZED:$(FUZZ)/%=%); do \
	  echo "$$fuzzer for $(TIME) s"; \
	  tests/fuzz/run.sh $(FUZZ)/$$fuzzer $(FUZZ)/corpus -max_total_time=$(TIME) -print_final_stats=1 || exit 1; \
	done

# What the corpora reach: those that are committed, and what make fuzz has found.
coverage: $(FUZZ)/corpus/fuzz_image/hello
	$(Q)$(MAKE) -s BUILD=$(BUILD)/coverage FUZZ_CFLAGS='$(FUZZ_CFLAGS) -fprofile-instr-generate -fcoverage-mapping' \
	  $(FUZZED:$(BUILD)/%=$(BUILD)/coverage/%)
	$(Q)tests/fuzz/coverage.sh $(BUILD)/coverage/fuzz $(FUZZ)/corpus $(FUZZED:$(FUZZ)/%=%)
