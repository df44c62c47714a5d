# SPDX-License-Identifier: MIT
# make bench: measures the speed beside the smallest KVM program (bare.c) and beside QEMU.
#
#   make bench [BENCH_OPTIONS=--quick]
#
# It also writes the figures to $(BUILD)/bench.json.

BENCH_SRCS := $(wildcard guests/bench/*.c guests/bench/mix/*.c guests/bench/$(ARCH)/*.c)
BENCH_GUESTS := $(patsubst guests/%.c,$(BUILD)/guests/$(ARCH)/%.elf,$(BENCH_SRCS)) \
  $(patsubst %,$(BUILD)/guests/$(ARCH)/%.elf,hello primes tests/sleep)

# Built with the VMM's flags, because the flags change the figures.
$(BUILD)/bench/bare: bench/bare.c $(VMM_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(VMM_CFLAGS) $(ERRORS) $(LINK_STATIC) -o $@ $<

# The same guest with picolibc, if it is installed.
PICOLIBC := $(wildcard /usr/lib/picolibc/riscv64-unknown-elf/picolibc.specs)
$(BUILD)/bench/picolibc.elf: guests/bench/riscv64/runtime.c bench/picolibc.c guest-rt/riscv64/guest.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)riscv64-unknown-elf-gcc --specs=picolibc.specs -O2 -march=rv64imac -mabi=lp64 -Wa,-march=rv64imac_zicsr \
	  -mcmodel=medany -nostartfiles -static -T guest-rt/riscv64/guest.ld -o $@ $(filter %.c,$^) \
	  -Wl,--gc-sections,--build-id=none,-z,max-page-size=4096,--defsym=__heap_start=_end,--defsym=__heap_end=0x84000000

.PHONY: bench-guests bench-programs
bench-guests: $(if $(GUEST_CC),$(BENCH_GUESTS))
	@:

bench-programs: $(BUILD)/labvisor $(if $(PICOLIBC),$(BUILD)/bench/picolibc.elf) $(if $(filter x86_64,$(HOST_ARCH)),$(BUILD)/bench/bare) bench-guests
	$(Q)$(MAKE) --no-print-directory ARCH=$(OTHER_ARCH) bench-guests

# The page's VMM, where it can be built.
bench: bench-programs
	$(Q)[ -n "`tools/have-wasm.sh clang`" ] || $(MAKE) --no-print-directory $(BUILD)/page/vmm.wasm
	$(Q)BUILD=$(BUILD) /usr/bin/python3 bench/bench.py $(BENCH_OPTIONS)

-include $(BENCH_SRCS:guests/%=$(OBJ)/%.d)
