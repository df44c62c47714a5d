# SPDX-License-Identifier: MIT
# Runs gdb on a guest, or on the VMM itself.
#
#   make debug GUEST=hello [ARGS="..."] [OPTIONS="..."] [INPUT=FILE] [GDB_OPTIONS="..."]
#   make debug-vmm GUEST=hello
#
# The guest's output goes to gdb's terminal. Its input is a file, or empty.

# A gdb for the VMM and its guest: for both machines.
GDB_BOTH = $(if $(filter $(ARCH),$(HOST_ARCH)),gdb,$(call find_tool,gdb-multiarch gdb))

.PHONY: debug debug-guest debug-vmm debug-vmm-guest
ifeq ($(origin ARCH),file)
debug debug-vmm:
	$(call make_for_best,$@)
else
debug debug-vmm:
	@$(SETUP) run $(ARCH)
	@$(SETUP) debug $(ARCH)
	$(Q)$(MAKE) --no-print-directory -s $(BUILD)/labvisor $(GUEST_FILE)
	$(Q)$(MAKE) --no-print-directory -s $@-guest
endif

# A guest may have commands of its own.
debug-guest: GDB_COMMANDS += $(addprefix -x ,$(wildcard debug/$(GUEST).py))
debug-guest: GDB_COMMANDS += $(if $(filter real/%,$(GUEST)),-ex 'set architecture i8086')
debug-guest:
	$(call debug_guest,$(BUILD)/labvisor,$(GUEST_FILE))

# Runs the VMM, and breaks before the handler of each hypercall.
debug-vmm-guest:
	$(Q)$(GDB_BOTH) -q -x debug/vmm.py -ex 'break hypercall_dispatch' -ex run $(GDB_OPTIONS) \
	  --args $(BUILD)/labvisor --no-sandbox $(OPTIONS) $(GUEST_FILE) $(ARGS)
