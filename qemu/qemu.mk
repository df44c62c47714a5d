# SPDX-License-Identifier: MIT
# Runs a Linux with KVM in QEMU, and labvisor in that Linux. Each step has a target, for x86-64
# (stock-) and for RISC-V (riscv-):
#
#   make riscv-kernel      fetches Debian's kernel; or uses KERNEL= and its KVM_KO=
#   make riscv-initramfs   packs the kernel's first files: init, labvisor, KVM's modules
#   make riscv-greeting    boots to a first program that prints a greeting
#   make riscv-kvm GUEST=hello [ARGS="..."] [OPTIONS="..."]   runs a guest there
#   make riscv-kvm         without GUEST: runs the test manifest

QEMU := $(BUILD)/qemu/$(ARCH)
KERNEL ?= $(QEMU)/kernel
KVM_KO ?= $(if $(filter file,$(origin KERNEL)),$(QEMU)/modules/*.ko)

QEMU_STEPS := kernel initramfs greeting
QEMU_TARGETS := $(foreach step,$(QEMU_STEPS) kvm,stock-$(step) riscv-$(step))
.PHONY: $(QEMU_TARGETS) $(QEMU_STEPS:%=qemu-%) qemu-kvm

# Another kernel needs another initramfs.
ifneq ($(filter qemu-%,$(MAKECMDGOALS)),)
ifneq ($(file <$(QEMU)/flags),$(KERNEL) $(KVM_KO))
$(shell mkdir -p $(QEMU))
$(file >$(QEMU)/flags,$(KERNEL) $(KVM_KO))
endif
endif

qemu_arch = $(if $(filter riscv-%,$@),riscv64,x86_64)

# Takes a lock for everything but the boot, because tests run in parallel.
$(QEMU_TARGETS):
	@$(SETUP) qemu $(qemu_arch)
	$(Q)mkdir -p $(BUILD)
	$(Q)flock $(BUILD)/qemu.lock $(MAKE) --no-print-directory ARCH=$(qemu_arch) VMM_ARCH=$(qemu_arch) \
	  qemu-$(or $(filter kernel,$(word 2,$(subst -, ,$@))),initramfs)
	$(Q)$(if $(filter %-greeting %-kvm,$@),$(MAKE) --no-print-directory -s \
	  ARCH=$(qemu_arch) VMM_ARCH=$(qemu_arch) qemu-boot-$(word 2,$(subst -, ,$@)))

qemu-kernel: $(KERNEL)
	@:

qemu-initramfs: $(KERNEL) $(QEMU)/initramfs $(QEMU)/greeting.initramfs $(GUEST_ELFS)
	@:

BOOT = /usr/bin/python3 qemu/boot.py $(ARCH) $(KERNEL)

qemu-boot-greeting:
	$(Q)$(BOOT) $(QEMU)/greeting.initramfs greeting

ifeq ($(origin GUEST),file)
qemu-boot-kvm:
	$(Q)$(BOOT) $(QEMU)/initramfs manifest
else
qemu-boot-kvm:
	$(Q)$(BOOT) $(QEMU)/initramfs guest $(GUEST) $(OPTIONS) -- $(ARGS)
endif

# A KERNEL= or KVM_KO= that does not exist.
ifneq ($(origin KERNEL),file)
ifeq ($(wildcard $(KERNEL)),)
$(KERNEL):
	@echo 'KERNEL=$(KERNEL): no such file' >&2; exit 1
endif
endif

$(QEMU)/kernel:
	$(Q)qemu/fetch-kernel.sh $(ARCH) $(@D)

$(QEMU)/init: qemu/init.c $(VMM_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(VMM_CC) $(VMM_CFLAGS) $(ERRORS) -static -s -o $@ $<

$(QEMU)/greeting: qemu/greeting-$(ARCH).S
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(VMM_CC) -nostdlib -static -s -o $@ $<

# $(call pack,FOLDER): makes an initramfs of it.
pack = (cd $(1) && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0) | gzip -9n

$(QEMU)/greeting.initramfs: $(QEMU)/greeting
	$(call say,CPIO,$@)
	$(Q)rm -rf $(@D)/tree && mkdir -p $(@D)/tree && cp $< $(@D)/tree/init
	$(Q)$(call pack,$(@D)/tree) >$@

# At boot, the guests are appended to it.
$(QEMU)/initramfs: $(QEMU)/init $(VMM) $(KERNEL) $(QEMU)/flags qemu/qemu.mk
	$(call say,CPIO,$@)
	$(Q)rm -rf $(@D)/tree && mkdir -p $(@D)/tree/dev $(@D)/tree/modules
	$(Q)cp $(QEMU)/init $(@D)/tree/init && $(BINUTILS)strip -o $(@D)/tree/labvisor $(VMM)
	$(Q)for module in $(KVM_KO); do case $$module in \
	  *.xz) xz -dc $$module >$(@D)/tree/modules/$$(basename $$module .xz) ;; \
	  *) cp $$module $(@D)/tree/modules/ ;; esac || exit; done
	$(Q)$(call pack,$(@D)/tree) >$@
