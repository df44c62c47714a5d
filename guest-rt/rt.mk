# How guests are compiled and linked: one set of rules for this repository's guests
# and for those in directories of their own (guest.mk).
#
# In:  LABVISOR  the repository        OBJ  where objects go
#      ARCH      the guest's machine   CC   the compiler
# Out: GUEST_CFLAGS, $(OBJ)/librt.a, and the recipe $(call link_guest,OBJECTS)

RT := $(LABVISOR)/guest-rt

ifeq ($(V),1)
say =
Q :=
else
say = @printf '  %-4s %s\n' '$(1)' '$(2)'
Q := @
endif

GUEST_INCLUDES := -nostdinc -isystem $(shell $(CC) -print-file-name=include) \
  -isystem $(RT)/include -I$(RT)/$(ARCH) -I$(LABVISOR)/abi -I$(LABVISOR)/abi/$(ARCH)

# No FPU state is saved on a trap, nothing lies below the stack pointer, and no code
# that the compiler adds may call what is not there.
ARCH_CFLAGS_x86_64 := -m64 -mno-red-zone -mgeneral-regs-only -mcmodel=small

GUEST_WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Werror=return-type
GUEST_CFLAGS = -std=gnu11 -O2 -g -ffreestanding $(GUEST_INCLUDES) $(ARCH_CFLAGS_$(ARCH)) \
  -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -fno-omit-frame-pointer \
  -ffunction-sections -fdata-sections $(GUEST_WARNINGS) $(CFLAGS)
GUEST_LDFLAGS := -nostdlib -static -Wl,--gc-sections,--build-id=none \
  -Wl,-z,max-page-size=4096,-z,noexecstack -T $(RT)/$(ARCH)/guest.ld

RT_SRCS := $(wildcard $(RT)/*.c $(RT)/$(ARCH)/*.c $(RT)/$(ARCH)/*.S)
RT_OBJS := $(patsubst $(RT)/%,$(OBJ)/rt/%.o,$(RT_SRCS))

# A change of compiler or flags rebuilds everything.
GUEST_FLAGS_FILE := $(OBJ)/flags
ifneq ($(file <$(GUEST_FLAGS_FILE)),$(CC) $(GUEST_CFLAGS))
$(shell mkdir -p $(OBJ))
$(file >$(GUEST_FLAGS_FILE),$(CC) $(GUEST_CFLAGS))
endif

$(OBJ)/rt/%.o: $(RT)/% $(GUEST_FLAGS_FILE)
	$(call say,CC,$(notdir $<))
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -Wconversion -Werror -MD -MP -c -o $@ $<

$(OBJ)/librt.a: $(RT_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

# Beside the image: .asm, what it consists of, and .sym, its symbols.
define link_guest
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ARCH_CFLAGS_$(ARCH)) $(GUEST_LDFLAGS) -o $@ $(1) $(OBJ)/librt.a
	$(Q)objdump -d -S $@ >$(@:.elf=.asm) && nm -n $@ >$(@:.elf=.sym)
endef

-include $(RT_OBJS:.o=.d)
