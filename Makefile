# Builds the VMM and the guests, runs them, tests them. `make help` lists the targets.

BUILD ?= build
ARCH := x86_64
GUEST ?= hello
ifeq ($(origin CC),default)
CC := $(firstword $(shell command -v gcc clang cc) gcc)
endif

# SAN=1: the VMM with AddressSanitizer and UndefinedBehaviorSanitizer, in a folder of its own.
ifeq ($(SAN),1)
BUILD := build/san
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
LINK_STATIC := -static
endif

all: vmm guests
.PHONY: all vmm guests run test bench lint format fuzz clean help setup
.DELETE_ON_ERROR:

LABVISOR := .
OBJ := $(BUILD)/$(ARCH)
include guest-rt/rt.mk

# ---- The VMM: a static program, since the dynamic linker would take time at each start ----

VMM_SRCS := $(wildcard vmm/*.c vmm/services/*.c vmm/linux/*.c vmm/kvm-x86/*.c vmm/soft/*.c)
VMM_OBJS := $(VMM_SRCS:%=$(BUILD)/%.o)
VMM_WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror \
  -Wno-gnu-variable-sized-type-not-at-end
VMM_CFLAGS = -std=gnu11 -O2 -g -D_GNU_SOURCE -Iabi $(VMM_WARNINGS) $(SANFLAGS) $(CFLAGS)

VMM_FLAGS_FILE := $(BUILD)/vmm/flags
ifneq ($(file <$(VMM_FLAGS_FILE)),$(CC) $(VMM_CFLAGS))
$(shell mkdir -p $(BUILD)/vmm)
$(file >$(VMM_FLAGS_FILE),$(CC) $(VMM_CFLAGS))
endif

$(BUILD)/vmm/%.o: vmm/% $(VMM_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(VMM_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/labvisor: $(VMM_OBJS)
	$(call say,LD,$@)
	$(Q)$(CC) $(SANFLAGS) $(LINK_STATIC) -o $@.new $^ && mv $@.new $@

vmm: $(BUILD)/labvisor

# ---- The guests: each file of guests/ and guests/tests/ is one; tests/ARCH is for one machine ----

GUEST_SRCS := $(wildcard guests/*.c guests/tests/*.c guests/tests/$(ARCH)/*.[cS])
GUEST_ELFS := $(patsubst guests/%,$(BUILD)/guests/$(ARCH)/%.elf,$(basename $(GUEST_SRCS)))

$(OBJ)/%.o: guests/% $(GUEST_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -Iguests/tests/$(ARCH) -Werror -MD -MP -c -o $@ $<

ifeq ($(GUEST_CC),)
$(BUILD)/guests/$(ARCH)/%.elf:
	@echo 'no compiler for $(ARCH) here: install gcc-riscv64-linux-gnu, or clang, lld and llvm'; exit 1
endif

$(BUILD)/guests/$(ARCH)/%.elf: $(OBJ)/%.c.o $(OBJ)/librt.a $(RT)/$(ARCH)/guest.ld
	$(call link_guest,$<)

$(BUILD)/guests/$(ARCH)/%.elf: $(OBJ)/%.S.o $(OBJ)/librt.a $(RT)/$(ARCH)/guest.ld
	$(call link_guest,$<)

# Those of the other machine: by the same rules in a make of its own.
OTHER_ARCH := $(filter-out $(ARCH),x86_64 riscv64)

$(BUILD)/guests/$(OTHER_ARCH)/%.elf: FORCE
	$(Q)$(MAKE) --no-print-directory ARCH=$(OTHER_ARCH) $@

guests: arch-guests
	$(Q)$(MAKE) --no-print-directory ARCH=$(OTHER_ARCH) arch-guests

arch-guests: $(if $(GUEST_CC),$(GUEST_ELFS)) ;

.PHONY: arch-guests FORCE

.SECONDARY:

include bench/bench.mk

# ---- Tests ----

HOSTCC := $(CC)
test_memory := vmm/status.c
test_image := vmm/image.c
test_fdt := vmm/soft/fdt.c guest-rt/riscv64/fdt.c guest-rt/generic/memory.c
include tests/unit/unit.mk
include tests/fuzz/fuzz.mk

# ---- What people type ----

run: setup
	$(Q)$(MAKE) --no-print-directory -s $(BUILD)/labvisor $(BUILD)/guests/$(ARCH)/$(GUEST).elf
	@$(BUILD)/labvisor doctor
	$(Q)$(BUILD)/labvisor $(OPTIONS) $(BUILD)/guests/$(ARCH)/$(GUEST).elf $(ARGS)

setup:
	@tools/setup.sh run

# The tests that need a tool skip where it is missing, and say so.
PYTHON := /usr/bin/python3
PYTEST = $(PYTHON) -m pytest -q -p no:cacheprovider $(if $(shell $(PYTHON) -c 'import xdist' 2>&1),,-n 2)
HAVE_CMOCKA := $(wildcard /usr/include/cmocka.h)
ifneq ($(filter test-programs,$(MAKECMDGOALS)),)
HAVE_FUZZER := $(shell tools/have-fuzzer.sh && echo yes)
endif

test: export PYTHONDONTWRITEBYTECODE = 1
test:
	@tools/setup.sh test
	$(Q)$(MAKE) --no-print-directory -s test-programs
	$(Q)if $(PYTHON) -c 'import pytest' 2>/dev/null; then $(PYTEST) tests; else \
	  echo 'skipped: all tests: python3-pytest is not installed'; \
	  echo '0 passed, 0 failed, 1 skipped'; fi

.PHONY: test-programs
test-programs: all $(if $(HAVE_CMOCKA),unit-tests) $(if $(HAVE_FUZZER),fuzzers)
	$(Q)$(MAKE) --no-print-directory SAN=1 vmm $(if $(HAVE_CMOCKA),unit-tests)

# ---- Formatting and static checks ----

C_FILES = $(shell git ls-files '*.[ch]')
VMM_C_FILES = $(filter %.c,$(filter vmm/%,$(C_FILES)))
GUEST_C_FILES = $(filter %.c,$(filter guest-rt/% guests/%,$(C_FILES)))

format:
	$(Q)clang-format -i $(C_FILES)

lint:
	@tools/setup.sh test
	$(call say,LINT,clang-format)
	$(Q)clang-format --dry-run -Werror $(C_FILES)
	$(call say,LINT,shellcheck)
	$(Q)shellcheck tools/*.sh .ci/run
	$(call say,LINT,cppcheck)
	$(Q)cppcheck -q --std=c11 --enable=warning,style,performance,portability \
	  --inline-suppr --suppress=syntaxError:vmm/soft/ops.def --error-exitcode=1 -j 2 \
	  -Iabi -Ivmm -D_GNU_SOURCE vmm 2>&1
	$(call say,LINT,clang-tidy)
	$(Q)clang-tidy --quiet $(VMM_C_FILES) -- $(VMM_CFLAGS) 2>/dev/null

clean:
	$(Q)rm -rf build

help:
	@echo 'make run [GUEST=name] [ARGS="..."] [OPTIONS="..."]   run a guest of guests/ (hello)'
	@echo 'make test      every test; make lint: formatting and static checks'
	@echo 'make bench     the speed of it, as ratios to the smallest KVM program'
	@echo 'make fuzz      the fuzzers, for FUZZ_SECONDS each (30)'
	@echo 'make           only build, into build/; make clean: delete that'
	@echo 'V=1 shows the commands, SAN=1 builds the VMM with sanitizers, NO_INSTALL=1'
	@echo 'keeps run and test from installing what they miss'

-include $(VMM_OBJS:.o=.d) $(GUEST_SRCS:guests/%=$(OBJ)/%.d)
