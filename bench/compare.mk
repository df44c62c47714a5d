# SPDX-License-Identifier: MIT
# make compare: runs the same guests on each back end. docs/compare.md explains the files in $(BUILD)/compare/: index.html with tables and plots, results.json with the numbers.

# Built for the same machine as labvisor.
$(VMM_BUILD)/bench/ioctls: bench/ioctls.c $(VMM_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(VMM_CC) $(VMM_CFLAGS) $(ERRORS) -static -o $@ $<

.PHONY: compare-programs compare-ioctls
compare-ioctls: $(VMM_BUILD)/bench/ioctls
	@:

compare-programs: vmm guests bench-guests compare-ioctls
	$(Q)$(MAKE) --no-print-directory ARCH=$(OTHER_ARCH) bench-guests

compare:
	@$(SETUP) compare
	$(Q)$(MAKE) --no-print-directory -s compare-programs
	$(Q)BUILD=$(BUILD) $(PYTHON) bench/compare.py
