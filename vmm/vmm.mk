# SPDX-License-Identifier: MIT
# Builds the VMM: a static program, because a dynamic linker would take time at each start; at random addresses.
#
# In:  BUILD, SANFLAGS, LINK_STATIC; `say`, Q, CC, HOST_ARCH and ERRORS of rt.mk; EXTRA_VMM_SRCS (a lab's own files)
# Out: SETUP, the check of the tools; VMM, the program; VMM_SRCS, VMM_CC, VMM_CFLAGS, VMM_LDFLAGS, VMM_FLAGS_FILE

# The VMM is for this machine; or, with VMM_ARCH=riscv64, for another Linux machine, in its own
# folder. The machine decides which KVM the VMM supports.
VMM_ARCH := $(HOST_ARCH)
ifeq ($(VMM_ARCH),$(HOST_ARCH))
VMM_BUILD := $(BUILD)
VMM_CC := $(CC)
else
VMM_BUILD := $(BUILD)/$(VMM_ARCH)-linux
VMM_CC := $(VMM_ARCH)-linux-gnu-gcc
endif
KVM_x86_64 := kvm-x86 kvm
KVM_riscv64 := kvm-riscv kvm
KVM := $(or $(KVM_$(VMM_ARCH)),kvm-none)

# VMM_HOST=posix: without what Linux alone has, KVM too. A file of host/linux takes the place of its
# twin. On Linux it is for tests; libbsd has the function that macOS and the BSDs have in libc.
VMM_HOST ?= $(if $(filter Linux,$(shell uname -s)),linux,posix)
# Sanitizers make system calls of their own, and a lab's VMM those that a student writes: these are not confined.
NOT_CONFINED := $(SANFLAGS)$(EXTRA_VMM_SRCS)
HOST_SRCS_linux := $(filter-out $(if $(NOT_CONFINED),$(addprefix vmm/host/linux/,sandbox.c filter.c landlock.c refused.c)), \
  $(wildcard vmm/host/linux/*.c))
HOST_SRCS := $(HOST_SRCS_$(VMM_HOST)) \
  $(filter-out $(HOST_SRCS_$(VMM_HOST):vmm/host/linux/%=vmm/host/posix/%),$(wildcard vmm/host/posix/*.c))
LIBBSD := /usr/include/bsd /usr/include/$(HOST_ARCH)-linux-gnu/bsd
VMM_FEATURES := -D_GNU_SOURCE
ifeq ($(VMM_HOST),posix)
KVM := kvm-none
LINK_STATIC :=
VMM_FEATURES := -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE -D_DARWIN_C_SOURCE
ifeq ($(shell uname -s),Linux)
VMM_FEATURES += -DLIBBSD_OVERLAY $(LIBBSD:%=-isystem %)
VMM_LIBS := -lbsd
endif
endif

SETUP := CC='$(CC)' tools/setup.sh
VMM := $(VMM_BUILD)/labvisor
# The translator makes code of x86-64, on Linux (docs/translator.md). Elsewhere the interpreter is alone.
VMM_ENGINE ?= $(if $(filter x86_64-linux,$(VMM_ARCH)-$(VMM_HOST)),translate,interpret)
VMM_FOLDERS := core isa/riscv image services watch replay backends/soft backends/soft/$(VMM_ENGINE) $(KVM:%=backends/%) gdb main
STENCILS := vmm/backends/soft/translate/stencils.c
VMM_SRCS := $(filter-out $(STENCILS),$(wildcard $(VMM_FOLDERS:%=vmm/%/*.c))) $(HOST_SRCS) $(EXTRA_VMM_SRCS)
VMM_OBJS := $(VMM_SRCS:%=$(VMM_BUILD)/%.o)
VMM_WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion \
  -Wno-gnu-variable-sized-type-not-at-end
# Debian's musl-gcc finds no headers of the kernel. ioctl takes an int there.
MUSL_CFLAGS := $(if $(findstring musl,$(VMM_CC)),-Wno-overflow -idirafter /usr/include \
  -idirafter /usr/include/$(VMM_ARCH)-linux-gnu)
VMM_CFLAGS = -std=gnu11 -O2 -g -fPIE -fstack-protector-strong $(VMM_FEATURES) -Ivmm -Iabi $(VMM_WARNINGS) $(MUSL_CFLAGS) $(SANFLAGS) $(CFLAGS)

# A static program has a random address only if the C library has the file that relocates it at its start. Debian's
# musl-gcc would take another library's.
RCRT1 := $(if $(findstring musl-gcc,$(VMM_CC)),,$(filter /%,$(shell $(VMM_CC) -print-file-name=rcrt1.o 2>/dev/null)))
RELRO_linux := -Wl,-z,relro,-z,now
VMM_LDFLAGS = $(SANFLAGS) $(if $(RCRT1),$(LINK_STATIC:-static=-static-pie),$(LINK_STATIC)) $(RELRO_$(VMM_HOST))

VMM_FLAGS_FILE := $(VMM_BUILD)/vmm/flags
ifneq ($(file <$(VMM_FLAGS_FILE)),$(VMM_CC) $(VMM_CFLAGS))
$(shell mkdir -p $(VMM_BUILD)/vmm)
$(file >$(VMM_FLAGS_FILE),$(VMM_CC) $(VMM_CFLAGS))
endif

$(VMM_OBJS): $(VMM_BUILD)/%.o: % $(VMM_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(VMM_CC) $(VMM_CFLAGS) $(ERRORS) -MMD -MP -c -o $@ $<

# The translator's stencils: an object that is never linked, whose machine code becomes a table. It has the same flags
# in each build, without sanitizers or coverage. -mcmodel=kernel: addresses are numbers of 32 bits with a sign.
STENCIL_CFLAGS := -std=gnu11 -O2 $(VMM_FEATURES) -Ivmm -Iabi -fno-pic -fno-pie -mcmodel=kernel -ffunction-sections \
  -fno-asynchronous-unwind-tables -fno-stack-protector -fcf-protection=none -fno-strict-aliasing -fomit-frame-pointer \
  -fno-align-jumps -fno-align-labels -fno-align-loops -Wno-ignored-optimization-argument -Wall -Wextra
STENCIL_BUILD := $(VMM_BUILD)/vmm/stencils
ifeq ($(VMM_ENGINE),translate)
$(STENCIL_BUILD)/stencils.o: $(STENCILS) $(VMM_FLAGS_FILE) vmm/vmm.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(VMM_CC) $(STENCIL_CFLAGS) $(ERRORS) -MMD -MP -c -o $@ $<

$(STENCIL_BUILD)/table: tools/stencils.c vmm/backends/soft/translate/stencil.h
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -O1 -Ivmm $(VMM_WARNINGS) $(ERRORS) -o $@ $<

$(STENCIL_BUILD)/stencils.inc: $(STENCIL_BUILD)/table $(STENCIL_BUILD)/stencils.o
	$(Q)$^ > $@

WITH_STENCILS := $(patsubst %,$(VMM_BUILD)/vmm/backends/soft/translate/%.c.o,block emit rows)
$(WITH_STENCILS): $(STENCIL_BUILD)/stencils.inc
$(WITH_STENCILS): VMM_FEATURES += -I$(STENCIL_BUILD)
-include $(STENCIL_BUILD)/stencils.d
endif

$(VMM): $(VMM_OBJS)
	$(call say,LD,$@)
	$(Q)$(VMM_CC) $(VMM_LDFLAGS) -o $@.new $^ $(VMM_LIBS) && mv $@.new $@

vmm: $(VMM)

-include $(VMM_OBJS:.o=.d)
