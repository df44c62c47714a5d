# SPDX-License-Identifier: MIT
# The rules that compile and link guests, both this repository's and those in other
# directories (guest.mk).
#
# In:  LABVISOR  the repository        OBJ  the folder of the objects
#      ARCH      the guest's machine   CC   the compiler for this machine; chosen here by default
#      WERROR=1  warnings are errors   CHECK     1, race: checks in the guest (check/check.mk)
#      CXXFLAGS  more flags for C++    LIBC=picolibc  Debian's picolibc instead of the C library here
#      FLOAT=1  x86 guests may use floating point
# Out: CC, HOST_ARCH (this machine), ERRORS (-Werror or nothing), GUEST_CC (empty: no compiler for
#      ARCH here, as NO_GUEST_CC says), BINUTILS (the prefix of its tools), GUEST_CFLAGS,
#      $(OBJ)/librt.a, GUEST_LD (the linker script), and the recipe $(call link_guest,OBJECTS)

RT := $(LABVISOR)/guest-rt
comma := ,

ifeq ($(V),1)
say =
Q :=
else
say = @printf '  %-4s %s\n' '$(1)' '$(2)'
Q := @
endif

# Returns the first of some programs that is here. (dash's `command -v` looks at one word only.)
find_tool = $(notdir $(shell for tool in $(1); do command -v $$tool && break; done))

HOST_ARCH := $(shell uname -m)
ifeq ($(origin CC),default)
CC := $(or $(call find_tool,gcc clang cc),gcc)
endif
ERRORS := $(if $(filter 1,$(WERROR)),-Werror)

# For this machine, CC compiles guests; musl-gcc is gcc with a C library, which they have no use for.
# For another one: gcc under the names that distributions use; else, or if CC is clang, clang with lld
# and LLVM's binutils.
CROSS_x86_64 := x86_64-linux-gnu-gcc x86_64-elf-gcc
CROSS_riscv64 := riscv64-linux-gnu-gcc riscv64-unknown-elf-gcc
TARGET_x86_64 := x86_64-linux-gnu
TARGET_riscv64 := riscv64
PACKAGE_x86_64 := gcc-x86-64-linux-gnu
PACKAGE_riscv64 := gcc-riscv64-linux-gnu
IS_CLANG := $(findstring clang,$(CC))
ifeq ($(ARCH),$(HOST_ARCH))
GUEST_CC := $(CC:musl-gcc=gcc)
BINUTILS :=
# GNU ld does not read what clang -flto writes.
ARCH_LDFLAGS := $(and $(IS_CLANG),$(filter -flto%,$(CFLAGS)),-fuse-ld=lld)
else
GUEST_CC := $(call find_tool,$(CROSS_$(ARCH)))
BINUTILS := $(GUEST_CC:gcc=)
CLANG := $(if $(IS_CLANG),$(CC),clang)
LLVM := $(and $(call find_tool,$(lastword $(CLANG))),$(call find_tool,ld.lld),$(call find_tool,llvm-ar))
IS_CLANG := $(if $(LLVM),$(if $(GUEST_CC),$(IS_CLANG),clang))
ifneq ($(IS_CLANG),)
GUEST_CC := $(CLANG) --target=$(TARGET_$(ARCH))
BINUTILS := llvm-
# With -flto, lld makes the code, and does not know the ABI of floating point.
ARCH_LDFLAGS := -fuse-ld=lld $(and $(filter riscv64,$(ARCH)),$(filter -flto%,$(CFLAGS)),-Wl$(comma)-mllvm$(comma)-target-abi=lp64d)
endif
endif
NO_GUEST_CC := no compiler for $(ARCH) here: install $(PACKAGE_$(ARCH)), or clang, lld and llvm

GUEST_INCLUDES := -nostdinc -isystem $(if $(GUEST_CC),$(shell $(GUEST_CC) -print-file-name=include)) \
  -isystem $(RT)/include -I$(RT)/$(ARCH) -I$(LABVISOR)/abi -I$(LABVISOR)/abi/$(ARCH)

# A trap overwrites memory below the stack pointer, so the compiler must not use it. On x86, it must not use
# SSE either: not every KVM runs that at CPL 0. With FLOAT=1 it may; then vectors.S saves its registers. The compiler also must not add calls to functions
# that do not exist here.
# Ubuntu's gcc would begin functions with endbr64, and gdb would stop there, a line before their code.
ARCH_CFLAGS_x86_64 := -m64 -mno-red-zone $(if $(filter 1,$(FLOAT)),,-mgeneral-regs-only) -mcmodel=small -fstack-clash-protection \
  -mstack-protector-guard=global -fcf-protection=none
# lld cannot relax.
# A larger frame could reach over the gap below the stack (riscv64/slot.h); on x86, code touches each page.
ARCH_CFLAGS_riscv64 := -march=rv64gc -mabi=lp64d -mcmodel=medany -Wframe-larger-than=229376 \
  $(if $(IS_CLANG),-mno-relax)

# What gcc 14 itself writes for an exchange of a byte changes the bytes beside it: riscv64/atomics.c does not.
ifneq ($(and $(filter riscv64,$(ARCH)),$(GUEST_CC)),)
ARCH_CFLAGS_riscv64 += $(shell $(GUEST_CC) -mno-inline-atomics -E -x c /dev/null >/dev/null 2>&1 && echo -mno-inline-atomics)
endif

GUEST_WARNINGS := -Wall -Wextra -Wpedantic -Wshadow
# With frame pointers and without tail calls, a backtrace shows every caller. With columns, clang
# splits a line into many parts, and gdb stops at the end of each: in a loop, for ever. Unwind tables would
# move gdb's frame information from .debug_frame to .eh_frame, which is part of the image.
NO_UNWIND_TABLES := -fno-unwind-tables -fno-asynchronous-unwind-tables
# binutils 2.44 do not read the line table that clang 19 writes in DWARF 5.
GUEST_FLAGS = -O2 $(if $(IS_CLANG),-gdwarf-4,-g) -gno-column-info \
  $(GUEST_INCLUDES) $(ARCH_CFLAGS_$(ARCH)) -fno-pic -ftls-model=local-exec -fno-stack-protector $(NO_UNWIND_TABLES) \
  -fno-omit-frame-pointer -fno-optimize-sibling-calls -ffunction-sections \
  -fdata-sections $(GUEST_WARNINGS)
GUEST_CFLAGS = -std=gnu11 -ffreestanding $(GUEST_FLAGS) $(CHECK_CFLAGS) $(CFLAGS)
# In freestanding C++, main would be a function like others, with a symbol that tells its arguments.
GUEST_CXXFLAGS = -std=gnu++17 $(if $(IS_CLANG),,-isystem $(RT)/include/gcc) -fno-builtin -fno-exceptions -fno-rtti $(GUEST_FLAGS) $(CHECK_CFLAGS) \
  $(filter-out -std=%,$(CFLAGS)) $(CXXFLAGS)

# The compiler for C++ that belongs to GUEST_CC; the words if it is missing; what compiles a source.
GUEST_CXX = $(shell echo '$(GUEST_CC)' | \
  sed -E 's,(^|[/ -])([gc])c+(-[0-9.]+)?( |$$),\1\2++\3\4,; s,clang(-[0-9.]+)?( |$$),clang++\1\2,')
NO_GUEST_CXX = $(if $(call find_tool,$(firstword $(GUEST_CXX))),,no $(firstword $(GUEST_CXX)) here, for C++: install \
  $(if $(IS_CLANG),clang,$(if $(filter $(ARCH),$(HOST_ARCH)),g++,$(PACKAGE_$(ARCH):gcc%=g++%))))
compile_guest = $(if $(filter %.cc %.cpp,$(1)),$(GUEST_CXX) $(GUEST_CXXFLAGS),$(GUEST_CC) $(GUEST_CFLAGS))
GUEST_LDFLAGS = $(ARCH_LDFLAGS) $(CHECK_LDFLAGS) -nostdlib -static -Wl,--gc-sections,--build-id=none \
  -Wl,-z,max-page-size=4096,-z,noexecstack -T $(GUEST_LD)
# g++ only asks for this function: without it, a table of virtual functions would have a 0 there.
CXX_LDFLAGS = $(if $(filter %.cc.o %.cpp.o,$(1)),-Wl$(comma)-u$(comma)__cxa_pure_virtual)

# Runs a command that compiles or links a guest. If it fails because of what no guest has, says so. The
# second parameter: more commands then.
define explained
	$(Q)$(1) || { LC_ALL=C $(1) 2>&1 | awk -f $(RT)/missing.awk $(RT)/missing.txt - >&2; $(2) exit 1; }
endef

GUEST_LD := $(RT)/$(ARCH)/guest.ld
ifneq ($(CHECK),)
include $(RT)/check/check.mk
endif

# An architecture without its own memory.c uses the generic one.
RT_SRCS := $(wildcard $(RT)/*.c $(RT)/$(ARCH)/*.c $(RT)/$(ARCH)/*.S) $(CHECK_SRCS)
RT_SRCS += $(if $(filter %/memory.c,$(RT_SRCS)),,$(RT)/generic/memory.c)

GUEST_LIBS = $(OBJ)/librt.a
ifeq ($(LIBC),picolibc)
include $(RT)/picolibc/picolibc.mk
endif
RT_OBJS := $(patsubst $(RT)/%,$(OBJ)/rt/%.o,$(RT_SRCS))

# If compiler or flags change, everything is rebuilt.
GUEST_FLAGS_FILE := $(OBJ)/flags
ifneq ($(file <$(GUEST_FLAGS_FILE)),$(GUEST_CC) $(GUEST_CFLAGS) $(CXXFLAGS))
$(shell mkdir -p $(OBJ))
$(file >$(GUEST_FLAGS_FILE),$(GUEST_CC) $(GUEST_CFLAGS) $(CXXFLAGS))
endif

# Not for the runtime: -flto, as compilers themselves call its functions; the stack protector; and what
# a guest says about its own language and warnings.
RT_CFLAGS = -std=gnu11 -ffreestanding $(filter-out $(PICOLIBC_INCLUDES),$(GUEST_FLAGS)) $(filter-out -flto% -fstack-protector% -std=% -W%,$(CFLAGS))

# They call nothing, so a backtrace shows their caller by its return address.
$(OBJ)/rt/generic/memory.c.o $(OBJ)/rt/riscv64/paging.c.o: RT_CFLAGS += -fomit-frame-pointer
$(OBJ)/rt/picolibc/glue.c.o: RT_CFLAGS := $(PICOLIBC_INCLUDES) $(RT_CFLAGS)

$(OBJ)/rt/%.o: $(RT)/% $(GUEST_FLAGS_FILE)
	$(call say,CC,$(notdir $<))
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(RT_CFLAGS) -Wconversion $(ERRORS) -MD -MP -c -o $@ $<

$(OBJ)/librt.a: $(RT_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(BINUTILS)ar rcs $@ $^

# The compilers do not say that x86 guests lack floating point: gcc's error names SSE, and clang calls
# functions that nobody has. So these commands say it after an error, if that is its reason.
ifeq ($(ARCH)$(filter 1,$(FLOAT)),x86_64)
FLOAT_WORDS := floating point on x86: build the guest with make FLOAT=1
say_float = $(filter-out -mgeneral-regs-only,$(call compile_guest,$<)) -w -c -o /dev/null $< 2>/dev/null && \
  echo '$<: $(FLOAT_WORDS)' >&2;
# Neither says that a double goes to a function like printf, or a long double to a variable, which take no
# instruction of floating point: gcc's RTL and clang's IR have their types.
ifneq ($(IS_CLANG),)
has_double = $(call compile_guest,$<) -w -g0 -S -emit-llvm -o - $< 2>/dev/null | grep -qE '^  .*[ (,*](double|float|x86_fp80)[ ,*)]'
else
has_double = $(call compile_guest,$<) -w -fno-lto -S -o /dev/null -fdump-rtl-expand=/dev/stdout $< 2>/dev/null | grep -qE '\([a-z_]+[/a-z]*:[SDXT]F '
endif
say_float_linked = $(BINUTILS)nm -u $(1) | grep -q ' __[a-z]*[sdxt]f[a-z0-9]*$$' && echo '$@: $(FLOAT_WORDS)' >&2;
endif

# What scanf is to read is in its format, which the compiler compares with the arguments. So these take
# other types than it has.
LONG_DOUBLE_WORDS := scanf: a guest reads no long double: use %lf and a double
scans = grep -q scanf $< && LC_ALL=C $(call compile_guest,$<) -fsyntax-only -Wformat $(1) $< 2>&1 | grep -qE "type .$(2) \*'"

# Refuses a source if the command finds something. The second parameter: the words.
refuse = $(Q)! { $(1); } || { rm -f $@; echo '$<: $(2)' >&2; exit 1; }

# Refuses a source with numbers that the guest cannot have.
define refuse_numbers
	$(if $(LIBC),,$(call refuse,$(call scans,-Dlong=volatile,long double),$(LONG_DOUBLE_WORDS)))
	$(if $(FLOAT_WORDS),$(call refuse,$(has_double) || { $(call scans,-Ddouble=int -Dfloat=int,(double|float)); },$(FLOAT_WORDS)))
endef

# Beside the image, without NO_LISTINGS: .asm, its disassembly, and .sym, its symbols.
define link_guest
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(call explained,$(GUEST_CC) $(ARCH_CFLAGS_$(ARCH)) $(GUEST_LDFLAGS) -o $@ $(1) $(CXX_LDFLAGS) $(GUEST_LIBS),$(say_float_linked))
	$(if $(CHECK),$(call add_lines,$@,$(1) $(CXX_LDFLAGS)))
	$(if $(NO_LISTINGS),,$(Q)$(BINUTILS)objdump -d -S $@ $(if $(LIBC),2>/dev/null) >$(@:.elf=.asm) && $(BINUTILS)nm -n $@ >$(@:.elf=.sym))
endef

-include $(RT_OBJS:.o=.d)
