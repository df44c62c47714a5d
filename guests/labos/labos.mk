# SPDX-License-Identifier: MIT
# labos: the kernel with the user programs inside it. Each program is an ELF file, which stays
# beside the image with its symbols: build/guests/ARCH/labos/NAME.elf.

LABOS := guests/labos
LABOS_OBJ := $(OBJ)/labos
LABOS_ELF := $(GUESTS)/$(ARCH)/labos.elf
LABOS_USER := $(GUESTS)/$(ARCH)/labos

LABOS_SRCS := $(wildcard $(LABOS)/*.[cS] $(LABOS)/$(ARCH)/*.[cS])
LABOS_USER_SRCS := $(wildcard $(LABOS)/user/*.c)
LABOS_PROGRAMS := $(wildcard $(LABOS)/programs/*.c)
labos_objects = $(patsubst $(LABOS)/%,$(LABOS_OBJ)/%.o,$(1))

# guest-rt/rt.h declares the functions that the C library needs from the system. In the kernel the
# runtime has them, in a program user/start.c.
LABOS_CFLAGS = -I$(LABOS)/$(ARCH) $(GUEST_CFLAGS) -I$(RT) -I$(LABOS) -Wconversion -Wno-sign-conversion $(ERRORS)

$(LABOS_OBJ)/%.o: $(LABOS)/% $(GUEST_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(LABOS_CFLAGS) -MD -MP -c -o $@ $<

# programs.S includes their files by name.
$(LABOS_OBJ)/programs.S.o: $(LABOS_PROGRAMS:$(LABOS)/programs/%.c=$(LABOS_OBJ)/images/%)
$(LABOS_OBJ)/programs.S.o: LABOS_CFLAGS += -Wa,-I,$(LABOS_OBJ)/images

$(LABOS_OBJ)/images/%: $(LABOS_USER)/%.elf
	@mkdir -p $(@D)
	$(Q)$(BINUTILS)objcopy -S $< $@

$(LABOS_USER)/%.elf: $(LABOS_OBJ)/programs/%.c.o $(call labos_objects,$(LABOS_USER_SRCS)) $(OBJ)/librt.a $(LABOS)/user/user.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(ARCH_CFLAGS_$(ARCH)) $(ARCH_LDFLAGS) -nostdlib -static -o $@ \
	  -Wl,--gc-sections,--build-id=none,-z,max-page-size=4096,-z,noexecstack \
	  -T $(LABOS)/user/user.ld $(filter %.o,$^) $(OBJ)/librt.a

# Its page tables and its programs know nothing of the checks' memory.
ifneq ($(CHECK),)
$(LABOS_ELF): ; @echo 'labos makes its own page tables: CHECK=$(CHECK) cannot check it' >&2; exit 1
else
$(LABOS_ELF): $(call labos_objects,$(LABOS_SRCS)) $(OBJ)/librt.a $(GUEST_LD)
	$(call link_guest,$(filter %.o,$^))

GUEST_ELFS += $(LABOS_ELF)
endif

-include $(patsubst %.o,%.d,$(call labos_objects,$(LABOS_SRCS) $(LABOS_USER_SRCS) $(LABOS_PROGRAMS)))
