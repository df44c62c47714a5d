# make bench: the speed of it, as ratios to bare.c, the smallest KVM program.
#
#   make bench [BENCH_OPTIONS=--quick]
#
# The figures go to $(BUILD)/bench.json, too.

BENCH_GUESTS := $(patsubst guests/%.c,$(BUILD)/guests/$(ARCH)/%.elf,$(wildcard guests/bench/*.c))

# Built as the VMM is: the flags are part of what is compared.
$(BUILD)/bench/bare: bench/bare.c $(VMM_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(VMM_CFLAGS) $(LINK_STATIC) -o $@ $<

.PHONY: bench-programs
bench-programs: $(BUILD)/labvisor $(BUILD)/bench/bare $(BENCH_GUESTS) \
                $(BUILD)/guests/$(ARCH)/hello.elf $(BUILD)/guests/$(ARCH)/tests/sleep.elf

bench: bench-programs
	$(Q)BUILD=$(BUILD) /usr/bin/python3 bench/bench.py $(BENCH_OPTIONS)

-include $(patsubst guests/%,$(OBJ)/%.d,$(wildcard guests/bench/*.c))
