# SPDX-License-Identifier: MIT
# libFuzzer targets: tests/fuzz/fuzz_NAME.c and files of the VMM, with ASan and UBSan.
#
#   make fuzz [FUZZ_SECONDS=30]

FUZZ_SECONDS ?= 30
FUZZ := $(BUILD)/fuzz
FUZZERS := $(patsubst tests/fuzz/%.c,$(FUZZ)/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_CFLAGS := -std=gnu11 -O1 -g -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined \
  -fno-sanitize-recover=all -DCODE_PAGES_MAX=3 -Ivmm -Iabi # so few that the fuzzer reaches it

fuzz_image := $(addprefix vmm/image/,image.c elf.c symbols.c lines.c inlines.c dwarf.c sections.c)
fuzz_soft := $(addprefix vmm/backends/soft/,breakpoints.c decode.c execute.c float.c float_ops.c history.c \
  mmu.c trap.c csr.c)
FUZZ_CORE := $(filter-out vmm/core/threads.c vmm/image/core_file.c,\
  $(wildcard $(patsubst %,vmm/%/*.c,core image services watch)))
fuzz_hypercall := $(filter-out vmm/core/status.c vmm/image/image.c,$(FUZZ_CORE))
fuzz_gdb := $(FUZZ_CORE) $(wildcard $(patsubst %,vmm/%/*.c,gdb replay backends/soft isa/riscv))

.PHONY: fuzzers fuzz
fuzzers: $(FUZZERS)

.SECONDEXPANSION:
$(FUZZERS): $(FUZZ)/%: tests/fuzz/%.c $$($$*) $(wildcard vmm/*/*.h vmm/*/*/*.h vmm/*/*/*.def) $(wildcard abi/*)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)clang $(FUZZ_CFLAGS) -o $@ $(filter %.c,$^)

# A fuzzer starts with its earlier findings; the first image is a real one.
fuzz: fuzzers $(BUILD)/guests/$(ARCH)/hello.elf
	@mkdir -p $(FUZZERS:$(FUZZ)/%=$(FUZZ)/corpus/%)
	@cp $(BUILD)/guests/$(ARCH)/hello.elf $(FUZZ)/corpus/fuzz_image/hello
	$(Q)for fuzzer in $(FUZZERS); do \
	  echo "$$fuzzer for $(FUZZ_SECONDS) s"; \
	  $$fuzzer -max_total_time=$(FUZZ_SECONDS) -max_len=131072 -timeout=10 -close_fd_mask=2 \
	    -artifact_prefix=$(FUZZ)/ -print_final_stats=1 \
	    $(FUZZ)/corpus/$$(basename $$fuzzer) || exit 1; \
	done
