# How guests are compiled and linked: one set of rules for this repository's guests
# and for those in directories of their own (guest.mk).
#
# In:  LABVISOR  the repository        OBJ  where objects go
#      ARCH      the guest's machine   CC   the compiler, of x86-64 guests at least
# Out: GUEST_CC (empty: none here can build for ARCH), GUEST_CFLAGS, $(OBJ)/librt.a, and
#      the recipes $(call link_guest,OBJECTS) and $(call run_guest,LABVISOR,IMAGE)

RT := $(LABVISOR)/guest-rt

ifeq ($(V),1)
say =
Q :=
else
say = @printf '  %-4s %s\n' '$(1)' '$(2)'
Q := @
endif

# The compiler for ARCH, and the prefix of its binutils. For RISC-V, gcc as distributions
# name it; else, or if CC is clang, clang with lld and LLVM's binutils.
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

# No FPU state is saved on a trap, nothing lies below the stack pointer, and no code
# that the compiler adds may call what is not there. RISC-V without floating point: vectors.S
# saves its state if CFLAGS has a -march with it.
ARCH_CFLAGS_x86_64 := -m64 -mno-red-zone -mgeneral-regs-only -mcmodel=small -fstack-clash-protection
# gcc 12 takes Zicsr and Zifencei for extensions, clang 14 for parts of I; lld cannot relax.
ARCH_CFLAGS_riscv64 := -mabi=lp64 -mcmodel=medany \
  $(if $(RISCV_GCC),-march=rv64imac_zicsr_zifencei,-march=rv64imac -mno-relax)
ARCH_LDFLAGS_riscv64 := $(if $(RISCV_CLANG),-fuse-ld=lld)

GUEST_WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Werror=return-type
# Frame pointers and no tail calls: a backtrace shows every caller.
GUEST_CFLAGS = -std=gnu11 -O2 -g -ffreestanding $(GUEST_INCLUDES) $(ARCH_CFLAGS_$(ARCH)) \
  -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables \
  -fno-omit-frame-pointer -fno-optimize-sibling-calls -ffunction-sections \
  -fdata-sections $(GUEST_WARNINGS) $(CFLAGS)
GUEST_LDFLAGS := $(ARCH_LDFLAGS_$(ARCH)) -nostdlib -static -Wl,--gc-sections,--build-id=none \
  -Wl,-z,max-page-size=4096,-z,noexecstack -T $(RT)/$(ARCH)/guest.ld

# An architecture without a memory.c of its own takes the generic one.
RT_SRCS := $(wildcard $(RT)/*.c $(RT)/$(ARCH)/*.c $(RT)/$(ARCH)/*.S)
RT_SRCS += $(if $(filter %/memory.c,$(RT_SRCS)),,$(RT)/generic/memory.c)
RT_OBJS := $(patsubst $(RT)/%,$(OBJ)/rt/%.o,$(RT_SRCS))

# A change of compiler or flags rebuilds everything.
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

# Beside the image: .asm, what it consists of, and .sym, its symbols.
define link_guest
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(ARCH_CFLAGS_$(ARCH)) $(GUEST_LDFLAGS) -o $@ $(1) $(OBJ)/librt.a
	$(Q)$(BINUTILS)objdump -d -S $@ >$(@:.elf=.asm) && $(BINUTILS)nm -n $@ >$(@:.elf=.sym)
endef

# Runs a guest: $(1) is labvisor, $(2) the image. Make reports every status but 0 as an error; this
# says before that what the number is.
define run_guest
	$(Q)$(1) $(OPTIONS) $(2) $(ARGS) || { status=$$?; \
	  echo "run: labvisor ended with status $$status (docs/reference.md); make reports it as an error" >&2; \
	  exit $$status; }
endef

-include $(RT_OBJS:.o=.d)
