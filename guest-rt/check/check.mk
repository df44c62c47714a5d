# SPDX-License-Identifier: MIT
# A guest with checks (docs/check.md):
#
#   CHECK=1      memory, what C does not define, and locks
#   CHECK=race   data races of harts, and locks
#
# In:  CHECK, and what rt.mk has
# Out: CHECK_CFLAGS, CHECK_SRCS, CHECK_LDFLAGS, GUEST_LD, and $(call add_lines,IMAGE,OBJECTS)

ifeq ($(filter 1 race,$(CHECK)),)
$(error CHECK=$(CHECK): 1 or race expected)
endif
ifneq ($(LIBC),)
$(error CHECK=$(CHECK): only the C library here has checks, not LIBC=$(LIBC): leave one of them out)
endif

CHECK_FILES := report locks
CHECK_WRAPPED := spin_lock spin_unlock hart_start

ifeq ($(CHECK),1)
# Where the shadow would have the byte of address 0. A page after LAB_LINK_BASE it has that of
# LAB_RAM_BASE: clang would use a power of two otherwise than others.
SHADOW_riscv64 := 0x70201000
SHADOW_x86_64 := 0x101000
CHECK_FILES += undefined access explain heap strings shadow
CHECK_WRAPPED += malloc calloc realloc aligned_alloc free memcpy memmove memset memcmp strlen strcpy strncpy \
  strcat strcmp __stack_chk_fail
CHECK_CFLAGS := -fsanitize=undefined -fno-sanitize=object-size,vptr -fsanitize=kernel-address \
  -fstack-protector-strong $(if $(IS_CLANG),-mllvm -asan-mapping-offset=$(SHADOW_$(ARCH)) -mllvm \
  -asan-stack=1 -mllvm -asan-globals=1 -mllvm -asan-instrumentation-with-call-threshold=0 \
  -mllvm -asan-instrument-dynamic-allocas=1 -mllvm -asan-use-after-scope=1,-fsanitize-address-use-after-scope \
  -fasan-shadow-offset=$(SHADOW_$(ARCH)) --param=asan-stack=1 --param=asan-globals=1 \
  --param=asan-instrumentation-with-call-threshold=0 --param=asan-instrument-allocas=1)
else
CHECK_FILES += race race_atomics race_heap race_cxx
CHECK_WRAPPED += hart_join barrier_wait ipi_send ipi_set_handler malloc calloc realloc aligned_alloc free \
  __cxa_guard_acquire __cxa_guard_release
CHECK_CFLAGS := -fsanitize=thread
endif
# gcc makes equal functions one, which has the lines of neither.
CHECK_CFLAGS += $(if $(IS_CLANG),,-fno-ipa-icf)

ifneq ($(GUEST_CC),)
ifeq ($(shell $(GUEST_CC) $(CHECK_CFLAGS) -ffreestanding -c -o /dev/null -x c /dev/null >/dev/null 2>&1 && echo yes),)
$(error CHECK=$(CHECK): $(GUEST_CC) cannot check guests for $(ARCH): use gcc, CC=gcc)
endif
endif

CHECK_SRCS := $(wildcard $(foreach file,$(CHECK_FILES),$(RT)/check/$(file).[cS]))
$(OBJ)/rt/check/%.o: RT_CFLAGS += -I$(RT)/check/$(ARCH)
CHECK_LDFLAGS := $(CHECK_WRAPPED:%=-Wl,--wrap=%)

# guest.ld with the shadow below the image.
GUEST_LD := $(OBJ)/guest.ld
$(GUEST_LD): $(RT)/$(ARCH)/guest.ld $(RT)/check/check.mk
	@mkdir -p $(@D)
	$(Q)sed -e 's/^ *text PT_LOAD.*/    shadow PT_LOAD FLAGS(6);\n&/' \
	  -e 's/^ *\. = 0x.*LAB_LINK_BASE.*/&\n    . += 4096;\n    .shadow : { *(.shadow) } :shadow\n    . = ALIGN(4096);/' $< >$@

# Links the image again, now with the line of each call.
define add_lines
	$(Q)sh $(RT)/check/lines.sh $(1) "$(BINUTILS)" >$(1:.elf=).lines.S
	$(Q)$(GUEST_CC) $(ARCH_CFLAGS_$(ARCH)) -c -o $(1:.elf=).lines.o $(1:.elf=).lines.S
	$(Q)$(GUEST_CC) $(ARCH_CFLAGS_$(ARCH)) $(GUEST_LDFLAGS) -o $(1) $(2) $(1:.elf=).lines.o $(GUEST_LIBS)
	$(Q)rm -f $(1:.elf=).lines.[So]
endef
