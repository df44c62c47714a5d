# SPDX-License-Identifier: MIT
# Runs Debian's Linux for RISC-V, unchanged, on the soft back end.
#
#   make linux [HARTS=2] [OPTIONS="..."]   boots to a shell
#   make linux SESSION=FILE                runs a shell script instead
#   make linux-files                       fetches and packs what the boot needs
#
# LINUX_KERNEL= and BUSYBOX= take other files than those that are fetched from Debian's mirror.

LINUX := $(BUILD)/linux
HARTS ?= 2
LINUX_KERNEL ?= $(BUILD)/qemu/riscv64/kernel
BUSYBOX ?= $(BUILD)/qemu/riscv64/busybox
SESSION ?=

.PHONY: linux linux-files linux-fetched linux-run
linux:
	@$(SETUP) linux
	$(Q)$(MAKE) --no-print-directory linux-files
	$(Q)$(MAKE) --no-print-directory -s linux-run

# Takes the lock of the targets that use these files, too.
linux-files: $(VMM)
	$(Q)flock $(BUILD)/qemu.lock $(MAKE) --no-print-directory linux-fetched
	$(Q)$(MAKE) --no-print-directory $(LINUX)/initramfs $(LINUX)/disk

linux-fetched:
	$(if $(filter file,$(origin LINUX_KERNEL)),$(Q)qemu/fetch-kernel.sh riscv64 $(dir $(LINUX_KERNEL)))
	$(if $(filter file,$(origin BUSYBOX)),$(Q)qemu/fetch-kernel.sh riscv64 $(dir $(BUSYBOX)) busybox)

# Without compression, which would take instructions. The kernel unpacks one archive after the other.
pack_plainly = (cd $(1) && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 --reproducible)

linux-run:
	$(Q)cp $(LINUX)/initramfs $(LINUX)/initramfs.run
ifneq ($(SESSION),)
	$(Q)rm -rf $(LINUX)/session && mkdir -p $(LINUX)/session && cp $(SESSION) $(LINUX)/session/session
	$(Q)$(call pack_plainly,$(LINUX)/session) >>$(LINUX)/initramfs.run
endif
	$(Q)$(VMM) -c $(HARTS) -m 256 --initrd=$(LINUX)/initramfs.run --disk=$(LINUX)/disk \
	  --append='console=ttyS0 quiet panic=-1' $(OPTIONS) $(LINUX_KERNEL)

$(LINUX)/initramfs: linux/init linux/linux.mk $(wildcard $(BUSYBOX) $(dir $(LINUX_KERNEL))devices/*.ko)
	$(call say,CPIO,$@)
	$(Q)rm -rf $(@D)/tree && mkdir -p $(@D)/tree/bin $(@D)/tree/dev $(@D)/tree/modules
	$(Q)cp linux/init $(@D)/tree/init && cp $(BUSYBOX) $(@D)/tree/bin/busybox
	$(Q)for module in $(filter %.ko,$^); do cp $$module $(@D)/tree/modules/ || exit; done
	$(Q)chmod 755 $(@D)/tree/init $(@D)/tree/bin/busybox && find $(@D)/tree -exec touch -d @0 {} +
	$(Q)$(call pack_plainly,$(@D)/tree) >$@.new && mv $@.new $@

# What a disk of 4 MiB begins as. The guest does not change it.
$(LINUX)/disk:
	@mkdir -p $(@D)
	$(Q)truncate -s 4M $@
