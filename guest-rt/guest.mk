# SPDX-License-Identifier: MIT
# Builds a guest in its own directory. The whole Makefile there is
#
#   GUEST = name
#   SRCS = a.c b.c     or .cc, .cpp: C++
#   include $(shell labvisor --guest-mk)
#
# or, with a checkout that is not installed, `include PATH/guest-rt/guest.mk`. `make help` lists the
# targets. What make writes is in BUILD, a folder for each machine.

LABVISOR := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))..)
BUILD ?= build

all:
.PHONY: all run debug trace clean help vmm
.DELETE_ON_ERROR:

ifneq ($(words $(LABVISOR)),1)
$(error $(LABVISOR): make cannot use a path with a space: move labvisor to another folder)
endif
ifneq ($(words $(GUEST)) $(if $(SRCS),SRCS),1 SRCS)
$(error give GUEST, one name, and SRCS, the source files, before the line that includes guest.mk)
endif

clean:
	rm -rf $(BUILD)

help:
	@echo 'make           build $(BUILD)/ARCH/$(GUEST).elf; beside it .asm, its disassembly, and .sym'
	@echo 'make run       run it: ARGS="..." are its arguments, OPTIONS="..." are those of labvisor'
	@echo 'make trace     the same with a line for each VM exit'
	@echo 'make debug     gdb on it: INPUT=file is what it reads'
	@echo 'make clean     delete $(BUILD)'
	@echo 'CHECK=1 finds wrong accesses, undefined operations and deadlocks; CHECK=race finds data races'
	@echo 'ARCH: x86_64, riscv64; default: that of the best back end here. CC, CFLAGS: gcc or clang, more'
	@echo 'flags; BUILD: the folder; LIBC=picolibc: another C library; FLOAT=1: floating point, also on x86;'
	@echo 'V=1 shows the commands'

# A checkout builds its VMM. All guests share it, so it does not get this directory's variables.
ifneq ($(wildcard $(LABVISOR)/vmm/vmm.mk),)
VMM := $(LABVISOR)/build/labvisor
vmm:
	@env -u MAKEFLAGS -u MAKEOVERRIDES -u CC -u CFLAGS -u ARCH -u BUILD -u CHECK make --no-print-directory -s -C $(LABVISOR) build/labvisor
else
VMM := $(abspath $(LABVISOR)/../../bin/labvisor)
GDB_COMMANDS := $(abspath $(LABVISOR)/../gdb/auto-load/labvisor.py)
vmm: ;
endif
# The file that gdb loads with the image: in the folder that Debian's gdb trusts.
AUTO_LOAD := $(filter /usr/share/gdb/%,$(GDB_COMMANDS))

include $(LABVISOR)/guest-rt/run.mk

ifeq ($(ARCH),)
all run debug trace: vmm
	$(call make_with_best,$(VMM),$@)
else ifneq ($(filter-out clean help,$(or $(MAKECMDGOALS),all)),)

ifeq ($(wildcard $(LABVISOR)/guest-rt/$(ARCH)/guest.ld),)
$(error ARCH=$(ARCH): x86_64 or riscv64 expected)
endif
OBJ := $(BUILD)/$(CHECK:%=check-%/)$(ARCH)
include $(LABVISOR)/guest-rt/rt.mk

ifeq ($(GUEST_CC),)
$(error $(NO_GUEST_CC))
endif

ifneq ($(filter-out picolibc,$(LIBC)),)
$(error LIBC=$(LIBC): picolibc expected, or nothing)
endif
ifneq ($(NO_PICOLIBC),)
$(error $(NO_PICOLIBC))
endif
ifneq ($(and $(filter %.cc %.cpp,$(SRCS)),$(NO_GUEST_CXX)),)
$(error $(NO_GUEST_CXX))
endif

IMAGE := $(OBJ)/$(GUEST).elf
OBJS := $(SRCS:%=$(OBJ)/%.o)

all: $(IMAGE)

$(OBJ)/rt/$(ARCH)/entry.S.o: RT_CFLAGS += $(AUTO_LOAD:%=-DGDB_COMMANDS='"%"')

$(OBJS): $(OBJ)/%.o: % $(GUEST_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(call explained,$(call compile_guest,$<) -MD -MP -c -o $@ $<,$(say_float))
	$(refuse_numbers)

$(IMAGE): $(OBJS) $(OBJ)/librt.a $(GUEST_LD)
	$(call link_guest,$(OBJS))

trace: override OPTIONS += --trace
run trace: $(IMAGE) vmm
	$(call run_guest,$(VMM),$(IMAGE))

debug: $(IMAGE) vmm
	$(call debug_guest,$(VMM),$(IMAGE))

-include $(OBJS:.o=.d)
endif
