# SPDX-License-Identifier: MIT
# The rules that compile and link guests, both this repository's and those in other
# directories (guest.mk).
#
# In:  LABVISOR  the repository        OBJ  the folder of the objects
#      ARCH      the guest's machine   CC   the compiler, at least for x86-64
# Out: GUEST_CC (empty: no compiler for ARCH here), GUEST_CFLAGS, $(OBJ)/librt.a, and
#      the recipes $(call link_guest,OBJECTS) and $(call run_guest,LABVISOR,IMAGE)

RT := $(LABVISOR)/guest-rt

ifeq ($(V),1)
say =
Q :=
else
say = @printf '  %-4s %s\n' '$(1)' '$(2)'
Q := @
endif

# The compiler for ARCH, and the prefix of its binutils. For RISC-V: gcc under the
# names that distributions use; else, or if CC is clang, clang with lld and LLVM's binutils.
GUEST_CC := $(CC)
BINUTILS :=
ifeq ($(ARCH),riscv64)
find_tool = $(notdir $(shell for tool in $(1); do command -v $$tool && break; done))
RISCV_GCC := $(if $(findstring clang,$(CC)),,$(call find_tool,riscv64-linux-gnu-gcc riscv64-unknown-elf-gcc))
RISCV_CLANG := $(if $(RISCV_GCC),,$(and $(call find_tool,ld.lld),$(call find_tool,llvm-ar),$(call find_tool,clang)))
GUEST_CC := $(RISCV_GCC)$(RISCV_CLANG:%=% --target=riscv64)
BINUTILS := $(if $(RISCV_GCC),$(RISCV_GCC:gcc=),llvm-)
endif

GUEST_INCLUDES := -nostdinc -isystem $(if $(GUEST_CC),$(shell $(GUEST_CC) -print-file-name=include)) \
  -isystem $(RT)/include -I$(RT)/$(ARCH) -I$(LABVISOR)/abi -I$(LABVISOR)/abi/$(ARCH)

# A trap saves no FPU state and overwrites memory below the stack pointer, so the compiler must
# not use either. It also must not add calls to functions that do not exist here. On RISC-V,
# CFLAGS may have a -march with floating point: then vectors.S saves that state.
ARCH_CFLAGS_x86_64 := -m64 -mno-red-zone -mgeneral-regs-only -mcmodel=small -fstack-clash-protection
# For gcc 12, Zicsr and Zifencei are extensions; for clang 14, parts of I. lld cannot relax.
ARCH_CFLAGS_riscv64 := -mabi=lp64 -mcmodel=medany \
  $(if $(RISCV_GCC),-march=rv64imac_zicsr_zifencei,-march=rv64imac -mno-relax)
ARCH_LDFLAGS_riscv64 := $(if $(RISCV_CLANG),-fuse-ld=lld)

GUEST_WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Werror=return-type
# With frame pointers and without tail calls, a backtrace shows every caller.
GUEST_CFLAGS = -std=gnu11 -O2 -g -ffreestanding $(GUEST_INCLUDES) $(ARCH_CFLAGS_$(ARCH)) \
  -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables \
  -fno-omit-frame-pointer -fno-optimize-sibling-calls -ffunction-sections \
  -fdata-sections $(GUEST_WARNINGS) $(CFLAGS)
GUEST_LDFLAGS := $(ARCH_LDFLAGS_$(ARCH)) -nostdlib -static -Wl,--gc-sections,--build-id=none \
  -Wl,-z,max-page-size=4096,-z,noexecstack -T $(RT)/$(ARCH)/guest.ld

# An architecture without its own memory.c uses the generic one.
RT_SRCS := $(wildcard $(RT)/*.c $(RT)/$(ARCH)/*.c $(RT)/$(ARCH)/*.S)
RT_SRCS += $(if $(filter %/memory.c,$(RT_SRCS)),,$(RT)/generic/memory.c)
RT_OBJS := $(patsubst $(RT)/%,$(OBJ)/rt/%.o,$(RT_SRCS))

# If compiler or flags change, everything is rebuilt.
GUEST_FLAGS_FILE := $(OBJ)/flags
ifneq ($(file <$(GUEST_FLAGS_FILE)),$(GUEST_CC) $(GUEST_CFLAGS))
$(shell mkdir -p $(OBJ))
$(file >$(GUEST_FLAGS_FILE),$(GUEST_CC) $(GUEST_CFLAGS))
endif

$(OBJ)/rt/%.o: $(RT)/% $(GUEST_FLAGS_FILE)
	$(call say,CC,$(notdir $<))
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -Wconversion -Werror -MD -MP -c -o $@ $<

$(OBJ)/librt.a: $(RT_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(BINUTILS)ar rcs $@ $^

# Beside the image: .asm, its disassembly, and .sym, its symbols.
define link_guest
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(ARCH_CFLAGS_$(ARCH)) $(GUEST_LDFLAGS) -o $@ $(1) $(OBJ)/librt.a
	$(Q)$(BINUTILS)objdump -d -S $@ >$(@:.elf=.asm) && $(BINUTILS)nm -n $@ >$(@:.elf=.sym)
endef

# Runs a guest: $(1) is labvisor, $(2) the image. Make reports every status but 0 as an error; this
# explains the number first.
define run_guest
	$(Q)$(1) $(OPTIONS) $(2) $(ARGS) || { status=$$?; \
	  echo "run: labvisor ended with status $$status (docs/reference.md); make reports it as an error" >&2; \
	  exit $$status; }
endef

-include $(RT_OBJS:.o=.d)
