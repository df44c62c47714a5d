# SPDX-License-Identifier: MIT
# Builds, runs and grades this lab. README.md is the assignment.
#
#   make           build the VMM and the lab's guests
#   make run GUEST=name [ARGS="..."] [OPTIONS=--trace]
#   make debug GUEST=name          the same under gdb
#   make seed      print your number, which comes from the id in answers.txt
#   make grade     build the lab in another folder, run the checks, and count the points
#   make hint CHECK=name           more of a check that fails, each time: what was observed, where to
#                                  look, the concept; or LEVEL=1, 2 or 3

BUILD := build
override ARCH := riscv64
LAB := $(wildcard labs/[0-9][0-9]-*)
LINK_STATIC := -static

all: programs
.PHONY: all programs run grade hint seed toolchain clean
.DELETE_ON_ERROR:

# The lab's calls belong to the table of calls, for VMM and guests.
CALLS := $(wildcard $(LAB)/calls.def)
override CFLAGS += $(if $(CALLS),-I. -DLAB_CALLS='"$(CALLS)"')

# Here, CHECK is a check of the lab, of which make hint says more. That of guests (docs/check.md) is not for labs.
HINTED := $(CHECK)
override CHECK :=

LABVISOR := .
OBJ := $(BUILD)/$(ARCH)
include guest-rt/rt.mk
include guest-rt/run.mk

EXTRA_VMM_SRCS := $(wildcard $(LAB)/vmm/*.c)
# What a student changes in the interpreter counts; and it takes no build step.
VMM_ENGINE := interpret
include vmm/vmm.mk

ifeq ($(GUEST_CC),)
$(error $(NO_GUEST_CC))
endif

# What C leaves to the compiler has one meaning here, and what only newer compilers refuse, all of them
# refuse: a mistake has the same effect with each. Before version 16, clang asks for more to begin variables as zero.
ZERO := -ftrivial-auto-var-init=zero
OLD_CLANG := -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
REFUSED := $(addprefix -Werror=,implicit-function-declaration implicit-int int-conversion \
  incompatible-pointer-types return-type)
of_each_compiler = -fwrapv -fno-strict-aliasing -fno-delete-null-pointer-checks $(REFUSED) \
  $(if $(findstring clang,$(1)),-Wno-error=incompatible-pointer-types-discards-qualifiers) \
  $(shell for flags in '$(ZERO)' '$(ZERO) $(OLD_CLANG)'; do \
  $(1) $$flags -E -x c /dev/null >/dev/null 2>&1 && echo $$flags && break; done)
OF_GUESTS := $(call of_each_compiler,$(GUEST_CC))
# An index outside an array of the VMM ends it: what lies behind an array differs.
BOUNDS := $(if $(findstring clang,$(CC)),-fsanitize=array-bounds -fsanitize-trap=array-bounds,-fsanitize=bounds -fsanitize-undefined-trap-on-error)
OF_VMM := $(call of_each_compiler,$(CC)) $(BOUNDS) -fstack-protector-strong -U_FORTIFY_SOURCE
GUEST_CFLAGS += $(OF_GUESTS)
VMM_CFLAGS += $(OF_VMM)

# A guest consists of one file of guest/ and all files of guest/shared/.
GUESTS := $(patsubst $(LAB)/guest/%.c,%,$(wildcard $(LAB)/guest/*.c))
SHARED := $(patsubst %,$(OBJ)/%.o,$(wildcard $(LAB)/guest/shared/*.c))
GUEST_OBJS := $(GUESTS:%=$(OBJ)/$(LAB)/guest/%.c.o) $(SHARED)

# The grader's guests have a part of its own: around the check's code, and before the student's.
COMMA := ,
START := $(if $(SEALED),$(OBJ)/labs/tools/seal_start.S.o)
SEAL := $(if $(SEALED),$(OBJ)/labs/tools/seal.c.o)
WRAP := $(if $(SEALED),$(patsubst %,-Wl$(COMMA)--wrap=%,main printf fwrite vm_exit))
GUEST_OBJS += $(START) $(SEAL)
$(GUEST_OBJS): GUEST_CFLAGS += $(if $(SEALED),-DSEALED)

$(GUEST_OBJS): $(OBJ)/%.o: % $(GUEST_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -I$(LAB)/guest $(ERRORS) -MD -MP -c -o $@ $<

# All of the runtime is linked, so that no other file can have a function of the same name.
RUNTIME = -Wl,--whole-archive $(OBJ)/librt.a -Wl,--no-whole-archive
$(GUESTS:%=$(BUILD)/%.elf): $(BUILD)/%.elf: $(OBJ)/$(LAB)/guest/%.c.o $(START) $(SEAL) $(SHARED) $(OBJ)/librt.a
	$(call link_guest,$(START) $< $(SEAL) $(SHARED) $(WRAP) $(RUNTIME))

.SECONDARY:

programs: $(VMM) $(GUESTS:%=$(BUILD)/%.elf)

run: programs
	$(Q)$(VMM) --backend=soft $(OPTIONS) $(GUEST_FILE) $(ARGS)

GUEST_FILE = $(BUILD)/$(GUEST).elf
include debug/debug.mk

NUMBER := $(patsubst 0%,%,$(firstword $(subst -, ,$(notdir $(LAB)))))

grade:
	$(Q)labs/labvisor-grade --unsafe --lab $(NUMBER) .

hint:
	$(Q)labs/labvisor-grade --unsafe --lab $(NUMBER) --hint '$(HINTED)' $(if $(LEVEL),--level '$(LEVEL)') .

# What compiles, for the grader.
toolchain:
	@$(VMM_CC) --version | head -n1
	@$(GUEST_CC) --version | head -n1

seed:
	@labs/labvisor-grade --lab $(NUMBER) --seed .

clean:
	$(Q)rm -rf build

-include $(GUEST_OBJS:.o=.d)
