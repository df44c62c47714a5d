# SPDX-License-Identifier: MIT
# The recipes that run and debug guests, both this repository's and those in other directories.
#
# In:  LABVISOR  the repository, or what is installed of it    BUILD, ARCH, Q    as for rt.mk
#      HOST_ARCH, find_tool      of rt.mk
#      ARGS      the guest's arguments     OPTIONS  labvisor's     INPUT  the file that it reads in gdb
# Out: the recipes below; $(1) is labvisor, $(2) the image

# Makes the target $(2) with the ARCH of the best back end, and says on stderr which one that is and why.
define make_with_best
	@best=$$($(1) doctor best) || exit; echo "$$best" >&2; \
	case $$best in kvm-x86:*) arch=x86_64 ;; *) arch=riscv64 ;; esac; \
	$(MAKE) --no-print-directory -s $(2) ARCH=$$arch
endef

# Runs a guest. Make reports every status but 0 as an error; this explains the number first.
define run_guest
	$(Q)$(1) $(OPTIONS) $(2) $(ARGS) || { status=$$?; \
	  echo "run: labvisor ended with status $$status (docs/reference.md); make reports it as an error" >&2; \
	  exit $$status; }
endef

# A gdb for the guest's machine, and the commands for VM exits.
GDB ?= $(or $(if $(filter $(ARCH),$(HOST_ARCH)),gdb,$(call find_tool,gdb-multiarch $(ARCH)-linux-gnu-gdb \
  $(ARCH)-unknown-elf-gdb)),gdb-multiarch)
GDB_COMMANDS ?= $(LABVISOR)/debug/labvisor.py
GDB_SOCKET ?= $(BUILD)/gdb-$(ARCH).sock
INPUT ?= /dev/null

# Runs a guest, and gdb on it. The symbols of a flat binary are in an ELF file beside it. The guest ends with gdb. After `detach`, a gdb in another terminal can
# connect to the same socket.
define debug_guest
	$(Q)$(LABVISOR)/debug/session.py $(GDB_SOCKET) $(INPUT) $(1) --gdb=$(GDB_SOCKET) $(OPTIONS) $(2) $(ARGS) \
	  -- $(GDB) -q -x $(GDB_COMMANDS) -ex 'target extended-remote $(GDB_SOCKET)' $(GDB_OPTIONS) $(or $(wildcard $(2:.bin=.elf)),$(2))
endef
