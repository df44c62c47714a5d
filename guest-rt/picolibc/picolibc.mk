# SPDX-License-Identifier: MIT
# LIBC=picolibc: a guest takes Debian's picolibc, which has all of C's library, and of this runtime only
# what a C library does not have. It changes GUEST_INCLUDES and RT_SRCS, and sets GUEST_LIBS.
# NO_PICOLIBC: why it cannot, or empty.

PICOLIBC := /usr/lib/picolibc/riscv64-unknown-elf
NO_PICOLIBC := $(strip $(if $(filter-out riscv64,$(ARCH)),LIBC=picolibc: picolibc is only for RISC-V here: give ARCH=riscv64, \
  $(if $(wildcard $(PICOLIBC)/include/stdio.h),,LIBC=picolibc: $(PICOLIBC) is missing: install picolibc-riscv64-unknown-elf)))

PICOLIBC_INCLUDES := -isystem$(PICOLIBC)/include
GUEST_INCLUDES := $(subst -isystem $(RT)/include,$(PICOLIBC_INCLUDES) -isystem $(RT)/include,$(GUEST_INCLUDES))
RT_SRCS = $(addprefix $(RT)/,clock.c console.c cxx.c harts.c locks.c stack_protector.c start.c stdlib.c timer.c trap.c \
  wall_clock.c picolibc/glue.c) \
  $(filter-out %/setjmp.S,$(wildcard $(RT)/riscv64/*.[cS]))

# Its two builds, by the registers that pass floating point.
PICOLIBC_ABI = $(if $(findstring -mabi=lp64d,$(GUEST_CFLAGS)),rv64imafdc/lp64d,rv64imac/lp64)
LIBGCC = $(shell riscv64-unknown-elf-gcc -march=$(patsubst %/,%,$(dir $(PICOLIBC_ABI))) -mabi=$(notdir $(PICOLIBC_ABI)) -print-libgcc-file-name)
GUEST_LIBS = -Wl,--start-group $(OBJ)/librt.a $(addprefix $(PICOLIBC)/lib/release/$(PICOLIBC_ABI)/,libc.a libm.a) $(LIBGCC) -Wl,--end-group
