# SPDX-License-Identifier: MIT
# Builds a guest in its own directory. The whole Makefile there is
#
#   GUEST = name
#   SRCS = a.c b.c
#   include PATH/guest-rt/guest.mk
#
# Then `make` builds name.elf, and `make run ARGS=...` runs it. ARCH chooses the
# machine (x86_64 or riscv64). V=1 shows the commands.

LABVISOR := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))..)
ARCH ?= x86_64
OBJ := .build/$(ARCH)

all: $(GUEST).elf
.PHONY: all run clean
.DELETE_ON_ERROR:

include $(LABVISOR)/guest-rt/rt.mk

ifeq ($(GUEST_CC),)
$(error $(NO_GUEST_CC))
endif

OBJS := $(SRCS:%=$(OBJ)/%.o)

$(OBJ)/%.o: % $(GUEST_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MD -MP -c -o $@ $<

$(GUEST).elf: $(OBJS) $(OBJ)/librt.a $(RT)/$(ARCH)/guest.ld
	$(call link_guest,$(OBJS))

# All guests share the VMM, so it does not get this directory's compiler and flags.
run: $(GUEST).elf
	$(Q)env -u MAKEFLAGS -u MAKEOVERRIDES -u CC -u CFLAGS make --no-print-directory -s -C $(LABVISOR) build/labvisor
	$(call run_guest,$(LABVISOR)/build/labvisor,$(GUEST).elf)

clean:
	$(Q)rm -rf .build $(GUEST).elf $(GUEST).asm $(GUEST).sym

-include $(OBJS:.o=.d)
