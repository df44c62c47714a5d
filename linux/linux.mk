# SPDX-License-Identifier: MIT
# Runs Debian's Linux for RISC-V, unchanged, on the soft back end.
#
#   make linux [HARTS=2] [OPTIONS="..."]   boots to a shell
#   make linux SESSION=FILE                runs a shell script instead
#   make linux-files                       fetches and packs what the boot needs
#
# KERNEL= and BUSYBOX= use other files than those that are fetched from Debian's mirror.

LINUX := $(BUILD)/linux
HARTS ?= 2
LINUX_FILES := $(BUILD)/qemu/riscv64
LINUX_KERNEL := $(if $(filter file,$(origin KERNEL)),$(LINUX_FILES)/kernel,$(KERNEL))
BUSYBOX ?= $(LINUX_FILES)/busybox

.PHONY: linux linux-files linux-run
linux:
	@$(SETUP) linux
	$(Q)mkdir -p $(BUILD)
	$(Q)flock $(BUILD)/qemu.lock $(MAKE) --no-print-directory linux-files
	$(Q)$(MAKE) --no-print-directory -s linux-run

linux-files: $(VMM) $(LINUX)/initramfs $(LINUX)/disk

# The session is appended: the kernel unpacks one archive after the other.
linux-run:
	$(Q)cp $(LINUX)/initramfs $(LINUX)/initramfs.run
ifneq ($(SESSION),)
	$(Q)rm -rf $(LINUX)/session && mkdir -p $(LINUX)/session && cp $(SESSION) $(LINUX)/session/session
	$(Q)$(call pack_plainly,$(LINUX)/session) >>$(LINUX)/initramfs.run
endif
	$(Q)$(VMM) -c $(HARTS) -m 256M --initrd=$(LINUX)/initramfs.run --disk=$(LINUX)/disk \
	  --append='console=ttyS0 quiet panic=-1' $(OPTIONS) $(LINUX_KERNEL)

$(LINUX_FILES)/busybox:
	$(Q)qemu/fetch-kernel.sh riscv64 $(@D) busybox

ifneq ($(LINUX_KERNEL),$(QEMU)/kernel)
ifeq ($(origin KERNEL),file)
$(LINUX_KERNEL):
	$(Q)qemu/fetch-kernel.sh riscv64 $(@D)
endif
endif

# Without compression: soft unpacks it faster than it would decompress it.
pack_plainly = (cd $(1) && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 --reproducible)

$(LINUX)/initramfs: linux/init $(BUSYBOX) $(LINUX_KERNEL)
	$(call say,CPIO,$@)
	$(Q)rm -rf $(@D)/tree && mkdir -p $(@D)/tree/bin $(@D)/tree/dev $(@D)/tree/modules
	$(Q)cp linux/init $(@D)/tree/init && cp $(BUSYBOX) $(@D)/tree/bin/busybox
	$(Q)cp $(dir $(LINUX_KERNEL))devices/*.ko $(@D)/tree/modules/ 2>/dev/null || true
	$(Q)chmod 755 $(@D)/tree/init $(@D)/tree/bin/busybox && touch -d @0 $(@D)/tree/* $(@D)/tree/*/*
	$(Q)$(call pack_plainly,$(@D)/tree) >$@.new && mv $@.new $@

# A disk of 4 MiB for /dev/vda. What the guest writes to it is lost at the end.
$(LINUX)/disk:
	@mkdir -p $(@D)
	$(Q)truncate -s 4M $@
