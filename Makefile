# SPDX-License-Identifier: MIT
# Builds the VMM and the guests, runs them, tests them. `make help` lists the targets.

BUILD ?= build
ARCH := x86_64
override FLOAT := # labos switches no SSE registers
GUEST ?= hello

# SAN=1: builds the VMM with AddressSanitizer and UndefinedBehaviorSanitizer, in its own folder.
ifeq ($(SAN),1)
override BUILD := $(patsubst %/san,%,$(BUILD))/san
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
LINK_STATIC := -static
endif

all: vmm guests
.PHONY: all vmm guests run run-guest test bench compare lint format fuzz clean help setup
.DELETE_ON_ERROR:

LABVISOR := .
# CHECK=1, CHECK=race: guests with checks (docs/check.md), in a folder of their own. For make hint, CHECK is a
# check of a lab (labs/labs.mk).
HINTED := $(CHECK)
ifneq ($(filter hint,$(MAKECMDGOALS)),)
override CHECK :=
endif
CHECK_FOLDER := $(CHECK:%=/check-%)
GUESTS := $(BUILD)$(CHECK_FOLDER)/guests
OBJ := $(BUILD)$(CHECK_FOLDER)/$(ARCH)
include guest-rt/rt.mk
include guest-rt/run.mk

include vmm/vmm.mk

# ---- The guests: one for each file of guests/, programs/ and tests/ there; tests/ARCH is for one machine ----

GUEST_SRCS := $(wildcard guests/*.c guests/programs/*.c guests/tests/*.c guests/tests/$(ARCH)/*.[cS]) \
  $(if $(GUEST_CC),$(if $(NO_GUEST_CXX),,$(wildcard guests/*.cc guests/tests/*.cc)))
GUEST_ELFS := $(patsubst guests/%,$(GUESTS)/$(ARCH)/%.elf,$(basename $(GUEST_SRCS))) \
  $(GUESTS)/$(ARCH)/minimal.elf

$(OBJ)/%.o: guests/% $(GUEST_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(call explained,$(call compile_guest,$<) -Iguests/tests/$(ARCH) -Iguests/programs/$(ARCH) $(ERRORS) -MD -MP -c -o $@ $<)

ifeq ($(GUEST_CC),)
$(GUESTS)/$(ARCH)/%.elf:
	@echo '$(NO_GUEST_CC)' >&2; exit 1
endif

$(GUESTS)/$(ARCH)/%.elf: $(OBJ)/%.c.o $(OBJ)/librt.a $(GUEST_LD)
	$(call link_guest,$<)

$(GUESTS)/$(ARCH)/%.elf: $(OBJ)/%.cc.o $(OBJ)/librt.a $(GUEST_LD)
	$(call link_guest,$<)

$(GUESTS)/$(ARCH)/%.elf: $(OBJ)/%.S.o $(OBJ)/librt.a $(GUEST_LD)
	$(call link_guest,$<)

# The simplest guest: a file for each machine, linked to LAB_LINK_BASE without the runtime.
LINK_BASE_x86_64 := 0x100000
LINK_BASE_riscv64 := 0x80200000

$(GUESTS)/$(ARCH)/minimal.elf: $(OBJ)/minimal/$(ARCH).S.o
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(ARCH_CFLAGS_$(ARCH)) $(ARCH_LDFLAGS) -nostdlib -static -o $@ $< \
	  -Wl,--build-id=none,--nmagic,-Ttext=$(LINK_BASE_$(ARCH))

# ---- Guests without the runtime: flat images for 16 bits, ELF32 for 32 bits; only x86 ----

$(GUESTS)/riscv64/real/%.bin $(GUESTS)/riscv64/protected/%.elf:
	@echo '$(*F) is a guest for x86: it needs kvm-x86' >&2; exit 1

ifeq ($(ARCH),x86_64)
REAL_BINS := $(patsubst guests/%.S,$(GUESTS)/x86_64/%.bin,$(wildcard guests/real/*.S))
PROTECTED_ELFS := $(patsubst guests/%.c,$(GUESTS)/x86_64/%.elf,$(wildcard guests/protected/*.c))
GUEST_ELFS += $(REAL_BINS) $(PROTECTED_ELFS)

LINK_32 := $(GUEST_CC) -m32 $(ARCH_LDFLAGS) -nostdlib -static -Wl,--build-id=none
# The address of the whole image is called otherwise by lld.
TEXT_AT := $(if $(ARCH_LDFLAGS),--image-base,-Ttext-segment)

# LAB_FLAT_BASE, LAB_LINK_BASE.
$(GUESTS)/x86_64/real/%.bin: guests/real/%.S guests/real/sector.inc abi/sbi.h abi/calls.def $(GUEST_FLAGS_FILE)
	$(call say,AS,$@)
	@mkdir -p $(@D) $(OBJ)/real
	$(Q)$(GUEST_CC) -m32 -g -Iabi -Iabi/x86_64 -c -o $(OBJ)/real/$*.o $<
	$(Q)$(LINK_32) -Wl,--nmagic,-Ttext=0x7c00 -o $(@:.bin=.elf) $(OBJ)/real/$*.o
	$(Q)$(BINUTILS)objcopy -O binary $(@:.bin=.elf) $@

# clang warns about each call in an interrupt handler, though it saves all registers there; from
# version 17 on, by another name.
PROTECTED_CFLAGS := -std=gnu11 -O2 -g -m32 -march=i686 -ffreestanding -mgeneral-regs-only -fno-pic \
  -fno-stack-protector $(NO_UNWIND_TABLES) -fno-omit-frame-pointer -Iabi -Iabi/x86_64 \
  $(GUEST_WARNINGS) -Wno-unknown-warning-option \
  -Wno-interrupt-service-routine -Wno-excessive-regsave $(ERRORS)

$(GUESTS)/x86_64/protected/%.elf: guests/protected/%.c $(wildcard guests/protected/*.h) $(GUEST_FLAGS_FILE)
	$(call say,CC,$@)
	@mkdir -p $(@D) $(OBJ)/protected
	$(Q)$(GUEST_CC) $(PROTECTED_CFLAGS) -c -o $(OBJ)/protected/$*.o $<
	$(Q)$(LINK_32) -Wl,-z,noexecstack,$(TEXT_AT)=0x100000 -o $@ $(OBJ)/protected/$*.o
endif

# A kernel for the devices of QEMU's board, only RISC-V.
$(GUESTS)/x86_64/board/%.elf:
	@echo 'board/$* is a guest for RISC-V: make it with ARCH=riscv64' >&2; exit 1

ifeq ($(ARCH),riscv64)
GUEST_ELFS += $(GUESTS)/riscv64/board/kernel.elf

$(GUESTS)/riscv64/board/%.elf: guests/board/%.c abi/sbi.h abi/calls.def $(GUEST_FLAGS_FILE)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(ARCH_CFLAGS_riscv64) -std=gnu11 -O2 -g -ffreestanding -fno-pic -fno-stack-protector \
	  $(NO_UNWIND_TABLES) -Iabi $(GUEST_WARNINGS) $(ERRORS) $(GUEST_LDFLAGS) -o $@ $<
endif

include guests/labos/labos.mk

# The other machine's guests: another make builds them by the same rules.
OTHER_ARCH := $(filter-out $(ARCH),x86_64 riscv64)

$(GUESTS)/$(OTHER_ARCH)/%.elf: FORCE
	$(Q)$(MAKE) --no-print-directory ARCH=$(OTHER_ARCH) $@

guests: arch-guests
	$(Q)$(MAKE) --no-print-directory ARCH=$(OTHER_ARCH) arch-guests

arch-guests: $(if $(GUEST_CC),$(GUEST_ELFS))
	$(if $(GUEST_CC),,@echo 'skipped: guests for $(ARCH): $(NO_GUEST_CC)')

.PHONY: arch-guests FORCE

.SECONDARY:

include bench/bench.mk
include bench/compare.mk
include qemu/qemu.mk
include linux/linux.mk
include debug/debug.mk
include labs/labs.mk
include install/install.mk

# ---- Tests ----

HOSTCC := $(CC)
test_memory := vmm/core/status.c
test_image := $(addprefix vmm/image/,image.c elf.c linux.c)
test_symbols := $(addprefix vmm/image/,symbols.c lines.c inlines.c dwarf.c owner.c sections.c elf.c)
test_float := vmm/backends/soft/float.c
test_float_rules := vmm/backends/soft/float.c
test_paging := vmm/core/paging.c
test_suberror := vmm/backends/kvm/suberror.c
test_link := vmm/gdb/link.c
test_locks := guest-rt/locks.c
test_decode := $(addprefix vmm/isa/riscv/,decode.c disassemble.c)
test_fdt := vmm/isa/riscv/fdt.c guest-rt/riscv64/fdt.c guest-rt/generic/memory.c
include tests/unit/unit.mk
include tests/fuzz/fuzz.mk
include tests/device/device.mk
include tests/attack/attack.mk

# What a hart executes, as a page, from vmm/isa/riscv/ops.def.
$(BUILD)/instructions: tools/instructions.c $(addprefix vmm/isa/riscv/,decode.c disassemble.c) \
    $(wildcard vmm/isa/riscv/*.h) vmm/isa/riscv/ops.def
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(VMM_CFLAGS) $(ERRORS) $(SANFLAGS) -o $@ $(filter %.c,$^)

.PHONY: instructions
instructions: $(BUILD)/instructions
	$(Q)$< > docs/instructions.md

# Do tests fail when a line of the VMM is wrong? Takes an hour. FILES: folders or files instead of
# those of the draw.
MUTANTS := 300
JOBS := 2
.PHONY: mutants
mutants: test-programs
	$(Q)$(PYTHON) tests/mutants.py --count $(MUTANTS) $(SEED:%=--seed %) --jobs $(JOBS) $(FILES)

# Real gdb with each pair of its features, in each way: CELLS=n of them, else all, which takes an hour.
.PHONY: gdb-matrix
gdb-matrix: vmm
	$(Q)$(PYTHON) -B tests/gdb_matrix.py $(CELLS:%=--cells=%)
	$(Q)$(MAKE) --no-print-directory riscv-initramfs
	$(Q)$(PYTHON) -B tests/gdb_matrix_qemu.py $(CELLS:%=--cells=%)

# A day of virtual time, half an hour of real time, many VMMs, a host that misbehaves.
.PHONY: soak
soak: vmm
	$(Q)$(MAKE) --no-print-directory -s ARCH=x86_64 guests
	$(Q)$(MAKE) --no-print-directory -s ARCH=riscv64 guests
	$(Q)$(PYTHON) -B tests/soak.py $(MINUTES:%=--minutes=%)

# printf, strtod, scanf, math.h and malloc in guests beside the host's, on both machines: 100,000 calls of each.
.PHONY: float-cases
float-cases: vmm
	$(Q)FLOAT_CASES=100000 $(PYTHON) -m pytest -q tests/test_float.py -k as_the_host

# This checkout on other Linuxes. DISTRO: some of them (docs/distros.md). QUICK=1: only a part of the tests.
.PHONY: distros nightly
distros:
	@$(SETUP) distros
	$(Q)tools/distros.py $(if $(filter 1,$(QUICK)),--quick) $(DISTRO)

# The page beside the program: all rows of the manifest, 1,000 moments; and all cases in a browser.
.PHONY: page-cases
page-cases: vmm
	$(Q)$(MAKE) --no-print-directory -s ARCH=riscv64 guests
	@$(SETUP) web
	@$(SETUP) browser
	$(Q)PAGE_ROWS=1000 PAGE_JUMPS=8 BROWSER_ALL=1 $(PYTHON) -m pytest -q -p no:cacheprovider tests/test_page.py tests/test_page_browser.py

# What takes too long for each change.
nightly:
	$(Q)tools/nightly.sh $(BUILD)/nightly page-cases distros labs-same deb mutants bench fuzz gdb-matrix float-cases soak stock-kvm riscv-kvm linux-kvm

# A VMM that makes snapshots so often, and keeps so few, that a short test sees them thinned out; it translates at the
# second visit, and has little room for translations.
DENSE_SRCS := $(wildcard vmm/replay/*.c vmm/backends/soft/$(VMM_ENGINE)/cache.c) vmm/backends/soft/slice.c
DENSE_OBJS := $(DENSE_SRCS:%=$(BUILD)/dense/%.o)
DENSE_FLAGS := -DPOLL_STEPS=100 -DSNAPSHOT_STEPS=400 -DCHECKPOINTS_MAX=8 -DINSNS_PER_BYTE=0 \
  -DHOT=1 -DTRANSLATED_BYTES=0x40000 -DTRANSLATED_PAGES=6 -DJUMPS_MAX=2000

$(DENSE_OBJS): $(BUILD)/dense/%.o: % $(VMM_FLAGS_FILE) Makefile
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(VMM_CC) $(VMM_CFLAGS) $(ERRORS) $(DENSE_FLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/dense/labvisor: $(DENSE_OBJS) $(filter-out $(DENSE_SRCS:%=$(VMM_BUILD)/%.o),$(VMM_OBJS))
	$(call say,LD,$@)
	$(Q)$(VMM_CC) $(VMM_LDFLAGS) -o $@ $^

-include $(DENSE_OBJS:.o=.d)

include web/web.mk

# ---- What people type ----

# Makes a target for the best back end.
define make_for_best
	$(Q)$(MAKE) --no-print-directory -s $(BUILD)/labvisor
	$(call make_with_best,$(BUILD)/labvisor,$(1))
endef

GUEST_FILE = $(GUESTS)/$(ARCH)/$(GUEST)$(if $(filter real/%,$(GUEST)),.bin,.elf)

# Without ARCH, the target is made for the best back end of this machine.
ifeq ($(origin ARCH),file)
run: setup
	$(call make_for_best,run-guest)
else
run: setup run-guest
endif

run-guest:
	$(Q)$(MAKE) --no-print-directory -s $(BUILD)/labvisor $(GUEST_FILE)
	$(call run_guest,$(BUILD)/labvisor,$(GUEST_FILE))

setup:
	@$(SETUP) run $(ARCH)

# If a tool is missing, the tests that need it are skipped, and say so.
PYTHON := /usr/bin/python3
CPUS = $(shell nproc)
HAVE_CMOCKA := $(wildcard /usr/include/cmocka.h)
HAVE_LIBBSD := $(wildcard $(LIBBSD:%=%/stdio.h))
ifneq ($(filter test-programs,$(MAKECMDGOALS)),)
HAVE_FUZZER := $(shell tools/have-fuzzer.sh && echo yes)
endif

# The first of these installs what the others look for.
test: export PYTHONDONTWRITEBYTECODE = 1
test:
	@$(SETUP) test
	$(Q)if ! $(PYTHON) -c 'import pytest' 2>/dev/null; then \
	  echo 'skipped: all tests: python3-pytest is not installed'; \
	  echo '0 passed, 0 failed, 1 skipped'; exit; fi; \
	$(MAKE) --no-print-directory -s -j$(CPUS) test-programs && \
	$(PYTHON) -m pytest -q -p no:cacheprovider \
	  $$($(PYTHON) -c 'import xdist' 2>/dev/null && echo '-n2 --dist loadgroup') tests

.PHONY: test-programs
test-programs: all device-vmm attack-vmm compare-programs $(BUILD)/instructions $(BUILD)/dense/labvisor $(if $(HAVE_CMOCKA),unit-tests) $(if $(HAVE_FUZZER),fuzzers)
	$(Q)$(MAKE) --no-print-directory SAN=1 vmm device-vmm $(if $(HAVE_CMOCKA),unit-tests)
	$(if $(HAVE_LIBBSD),$(Q)$(MAKE) --no-print-directory VMM_HOST=posix BUILD=build/posix vmm)

# ---- Formatting and static checks ----

C_FILES = $(shell git ls-files '*.[ch]' '*.cc')
SOURCES = $(shell git ls-files '*.[chsS]' '*.cc' '*.py' '*.sh' '*.mk' '*.def' '*.ld' '*.inc' '*.bash' '*.1' 'web/*.js' 'web/*.css' 'web/*.html' 'tests/page/*.mjs' '*Makefile' Containerfile debian/rules debian/tests/guest labs/labvisor-grade linux/init linux/session .ci/run)
# Those of the page are for another machine, too (web/web.mk).
VMM_C_FILES = $(filter-out vmm/backends/kvm-riscv/% vmm/page/% vmm/host/web/% $(STENCILS) $(if $(filter translate,$(VMM_ENGINE)),,vmm/backends/soft/translate/%),$(filter %.c,$(filter vmm/%,$(C_FILES))))
PAGE_C_FILES = $(filter vmm/page/%.c vmm/host/web/%.c,$(C_FILES))
RISCV_C_FILES = $(filter vmm/backends/kvm-riscv/%.c,$(C_FILES))
GUEST_C_FILES = $(filter %.c,$(filter guest-rt/% guests/%,$(C_FILES)))

format:
	$(Q)clang-format -i $(C_FILES)

lint: $(if $(filter translate,$(VMM_ENGINE)),$(STENCIL_BUILD)/stencils.inc)
	@$(SETUP) test
	$(call say,LINT,clang-format)
	$(Q)clang-format --dry-run -Werror $(C_FILES)
	$(call say,LINT,license lines)
	$(Q)! grep -L 'SPDX-License-Identifier: MIT' $(SOURCES) | sed 's/$$/: add the line SPDX-License-Identifier: MIT/' | grep .
	$(call say,LINT,layers)
	$(Q)tools/layers.py
	$(call say,LINT,shellcheck)
	$(Q)shellcheck tools/*.sh qemu/*.sh guest-rt/check/*.sh install/labvisor.bash debian/tests/guest linux/init linux/session .ci/run tests/fuzz/*.sh
	$(call say,LINT,cppcheck)
	$(Q)cppcheck -q --std=c11 --enable=warning,style,performance,portability \
	  --inline-suppr --suppress=syntaxError:vmm/backends/soft/execute.c --suppress=internalAstError:vmm/isa/riscv/ops.def \
	  --error-exitcode=1 -j $(CPUS) \
	  -Iabi -Ivmm -D_GNU_SOURCE vmm 2>&1
	$(call say,LINT,clang-tidy)
	$(Q)printf '%s\n' $(VMM_C_FILES) | xargs -n 6 -P $(CPUS) \
	  sh -c 'clang-tidy --quiet "$$@" -- $(VMM_CFLAGS) -I$(STENCIL_BUILD) -Werror 2>/dev/null' sh
	$(Q)if [ -e /usr/include/wasm32-wasi/stdio.h ]; then \
	  clang-tidy --quiet $(PAGE_C_FILES) -- $(WEB_CFLAGS) -Werror 2>/dev/null; fi
	$(Q)if [ -e /usr/riscv64-linux-gnu/include/linux/kvm.h ]; then \
	  clang-tidy --quiet $(RISCV_C_FILES) -- --target=riscv64-linux-gnu -isystem /usr/riscv64-linux-gnu/include $(VMM_CFLAGS) -Werror 2>/dev/null; fi

clean:
	$(Q)rm -rf $(BUILD)

help:
	@echo 'make run [GUEST=name] [ARGS="..."] [OPTIONS="..."]   run a guest of guests/ (hello)'
	@echo 'make debug [GUEST=name] [INPUT=file]   gdb on a guest; make debug-vmm: on the VMM, too'
	@echo 'make test      every test; make lint: formatting and static checks'
	@echo 'make bench     measure the speed beside the smallest KVM program and beside QEMU'
	@echo 'make web       the page: a VMM in one HTML file, build/labvisor.html'
	@echo 'make look [GUEST=name] [ARGS="..."] [OPTIONS="..."]   run a guest; leave a page with that run'
	@echo 'make compare   the same guests on each back end, side by side'
	@echo 'make stock-kvm [GUEST=name]   a guest, or every test guest, on a Linux with KVM in QEMU;'
	@echo 'make riscv-kvm [GUEST=name]   the same on RISC-V'
	@echo 'make linux [HARTS=2] [SESSION=script]   Debian'"'"'s Linux for RISC-V, on soft: a shell, or a script'
	@echo 'make handout, grade, solution, gradescope LAB=n   the labs (LAB.md)'
	@echo 'make mutants   whether tests fail when a line is wrong: MUTANTS=n of them (300), JOBS, SEED, FILES'
	@echo 'make distros [DISTRO=name] [QUICK=1]   build, run and test on other Linuxes, in chroots; as root'
	@echo 'make nightly   page-cases, distros, labs-same, deb, mutants, bench, fuzz, stock-kvm and riscv-kvm, with a table; takes hours'
	@echo 'make gdb-matrix [CELLS=n]   gdb with each pair of its features: the guest ends as without it'
	@echo 'make soak [MINUTES=30]   long runs, many VMMs, and a host that misbehaves'
	@echo 'make fuzz      the fuzzers, for TIME seconds each (30), or TARGET alone'
	@echo 'make coverage  what of the VMM their inputs reach'
	@echo 'make instructions   write docs/instructions.md again, after a change of ops.def'
	@echo 'make install [PREFIX=/usr/local] [DESTDIR=dir]   install labvisor and the runtime (docs/install.md);'
	@echo '               make uninstall; make dist, deb, release: the sources, packages, static programs'
	@echo 'make           only build, into build/; make clean: delete that'
	@echo 'CHECK=1 has guests find wrong accesses, undefined operations and deadlocks; CHECK=race data races'
	@echo 'V=1 shows the commands, SAN=1 builds the VMM with sanitizers, with NO_INSTALL=1'
	@echo 'run and test install nothing'

-include $(GUEST_SRCS:guests/%=$(OBJ)/%.d)
