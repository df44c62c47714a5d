# SPDX-License-Identifier: MIT
# Unit tests, built for the host. Each tests/unit/test_NAME.c becomes a program, linked
# with the sources that the variable test_NAME lists, such as
#   test_elf := vmm/image/elf.c
# or, without such a variable, with the runtime's C library and a mock of the VMM.

BUILD  ?= build
HOSTCC ?= cc

UNIT       := $(BUILD)/tests/unit
UNIT_TESTS := $(patsubst tests/unit/%.c,$(UNIT)/%,$(wildcard tests/unit/test_*.c))
UNIT_LIBC  := tests/unit/mock.c guest-rt/generic/memory.c $(addprefix guest-rt/,assert.c big.c clock.c \
              ctype.c malloc.c print_float.c printf.c qsort.c stdin.c stdio.c stdlib.c strerror.c string.c strings.c \
              strtol.c tty.c)

# The library uses its own headers, and names that do not clash with the host's library.
# (-MD, not -MMD: that would ignore its headers, as if they were the system's.)
UNIT_CFLAGS = -std=gnu11 -O1 -g -Wall -Wextra -MD -MP $(SANFLAGS)
UNIT_GUEST  := -Itests/unit -ffreestanding -nostdinc -isystem $(shell $(HOSTCC) -print-file-name=include) \
               -isystem guest-rt/include -Iguest-rt
UNIT_RENAME := -include tests/unit/rt_rename.h

# On this machine, also tests the machine's own versions, beside the generic ones.
ifeq ($(HOST_ARCH),x86_64)
UNIT_LIBC += guest-rt/x86_64/memory.c guest-rt/setjmp.c guest-rt/x86_64/setjmp.S
$(UNIT)/obj/guest-rt/x86_64/memory.o: \
    UNIT_RENAME := $(foreach f,memcpy memmove memset memcmp memchr strlen,-D$f=x86_$f)
endif

# Uses the host's floating point in all rounding modes.
$(UNIT)/obj/tests/unit/test_float.o: UNIT_CFLAGS += -frounding-math

# Threads in place of harts, under ThreadSanitizer: not with another sanitizer, nor if the compiler lacks it, nor if
# its programs do not start here, as under qemu-user.
$(UNIT)/test_locks: SANFLAGS = $(and $(shell probe=$$(mktemp) && echo 'int main(void) { return 0; }' | \
    $(HOSTCC) -fsanitize=thread -x c -o $$probe - 2>/dev/null && $$probe 2>/dev/null && echo yes; \
    rm -f $$probe),-fsanitize=thread)
$(UNIT)/obj/tests/unit/test_locks.o $(UNIT)/obj/guest-rt/locks.o: UNIT_CFLAGS += -Itests/unit/host
# The host has a sys/cdefs.h of its own.
$(UNIT)/obj/tests/unit/test_locks.o: UNIT_CFLAGS += -idirafter guest-rt/include -D__dead=_Noreturn

.PHONY: unit-tests
unit-tests: $(UNIT_TESTS)

# These link all objects of the VMM, except the command line.
UNIT_WHOLE := $(UNIT)/test_setup $(UNIT)/test_keys
$(UNIT_WHOLE): $(UNIT)/%: $(UNIT)/obj/tests/unit/%.o $(filter-out $(BUILD)/vmm/main/main.c.o,$(VMM_OBJS))
	$(call say,LD,$@)
	$(Q)$(HOSTCC) $(SANFLAGS) -o $@ $^ -lcmocka

.SECONDEXPANSION:
$(filter-out $(UNIT_WHOLE),$(UNIT_TESTS)): $(UNIT)/%: $(UNIT)/obj/tests/unit/%.o \
               $$(addprefix $(UNIT)/obj/,$$(addsuffix .o,$$(basename $$(or $$($$*),$(UNIT_LIBC)))))
	$(call say,LD,$@)
	$(Q)$(HOSTCC) $(SANFLAGS) -o $@ $^ -lcmocka -lm

$(UNIT)/obj/guest-rt/%.o: guest-rt/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) $(UNIT_GUEST) $(UNIT_RENAME) -c -o $@ $<

$(UNIT)/obj/guest-rt/%.o: guest-rt/%.S
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) $(UNIT_GUEST) $(UNIT_RENAME) -c -o $@ $<

$(UNIT)/obj/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) -D_GNU_SOURCE -Ivmm -Iabi -c -o $@ $<

-include $(shell find $(UNIT)/obj -name '*.d' 2>/dev/null)
