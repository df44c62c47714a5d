# SPDX-License-Identifier: MIT
# Installs labvisor and what a guest's Makefile needs, and packs it (docs/install.md).
#
#   make install [PREFIX=/usr/local] [DESTDIR=]     make uninstall, with the same
#   make dist       the sources, as build/labvisor-VERSION.tar.gz
#   make release    static programs for x86-64 and arm64, in build/release/
#   make deb        Debian's package, in build/deb/, and its test

PREFIX ?= /usr/local
INSTALLED := $(DESTDIR)$(PREFIX)
VERSION := $(shell sed -n 's/^\#define VERSION  *"\(.*\)"/\1/p' vmm/core/version.h)

.PHONY: install uninstall dist release deb
install: $(VMM)
	$(call say,INST,$(INSTALLED))
	$(Q)install -D -m 755 $(VMM) '$(INSTALLED)/bin/labvisor'
	$(Q)find abi guest-rt -type f ! -name README.md -exec install -D -m 644 {} '$(INSTALLED)/share/labvisor/{}' \;
	$(Q)install -D -m 755 debug/session.py '$(INSTALLED)/share/labvisor/debug/session.py'
	$(Q)install -D -m 644 debug/labvisor.py '$(INSTALLED)/share/gdb/auto-load/labvisor.py'
	$(Q)install -D -m 644 install/labvisor.1 '$(INSTALLED)/share/man/man1/labvisor.1'
	$(Q)install -D -m 644 install/labvisor.bash '$(INSTALLED)/share/bash-completion/completions/labvisor'
	$(Q)install -D -m 644 -t '$(INSTALLED)/share/doc/labvisor/docs' docs/*.md docs/*.svg
	$(Q)install -D -m 644 -t '$(INSTALLED)/share/doc/labvisor/abi' abi/README.md abi/machines.md
	$(Q)install -m 644 README.md CHANGELOG.md '$(INSTALLED)/share/doc/labvisor'

uninstall:
	$(Q)rm -rf '$(INSTALLED)/bin/labvisor' '$(INSTALLED)/share/labvisor' '$(INSTALLED)/share/doc/labvisor' \
	  '$(INSTALLED)/share/gdb/auto-load/labvisor.py' '$(INSTALLED)/share/man/man1/labvisor.1' \
	  '$(INSTALLED)/share/bash-completion/completions/labvisor'

# ---- Archives, programs, packages; all of what is committed, and of this version ----

NAME := labvisor-$(VERSION)

dist:
	$(call say,TAR,$(BUILD)/$(NAME).tar.gz)
	$(Q)mkdir -p $(BUILD)
	$(Q)git archive --prefix=$(NAME)/ -o $(BUILD)/$(NAME).tar.gz HEAD

# The machines of `make release`, and where vmm.mk puts the program for each.
RELEASE_ARCHS := x86_64 aarch64
program_for = $(BUILD)/$(if $(filter $(1),$(HOST_ARCH)),,$(1)-linux/)labvisor

release:
	@for arch in $(RELEASE_ARCHS); do $(SETUP) cross $$arch || exit; done
	$(Q)rm -rf $(BUILD)/release && mkdir -p $(BUILD)/release
	$(Q)$(foreach arch,$(RELEASE_ARCHS),$(MAKE) --no-print-directory VMM_ARCH=$(arch) vmm && \
	  $(if $(filter $(arch),$(HOST_ARCH)),,$(arch)-linux-gnu-)strip -o $(BUILD)/release/$(NAME)-$(arch) $(call program_for,$(arch)) &&) :
	$(Q)cd $(BUILD)/release && sha256sum $(RELEASE_ARCHS:%=$(NAME)-%) >SHA256SUMS && cat SHA256SUMS

deb: dist
	@$(SETUP) run riscv64
	@$(SETUP) deb
	$(Q)rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb && tar -xzf $(BUILD)/$(NAME).tar.gz -C $(BUILD)/deb
	$(Q)cd $(BUILD)/deb/$(NAME) && env -u MAKEFLAGS -u MAKEOVERRIDES dpkg-buildpackage -us -uc -b
	$(Q)lintian $(BUILD)/deb/*.changes
	$(Q)dpkg-deb -x $(BUILD)/deb/labvisor_*.deb $(BUILD)/deb/unpacked && mkdir $(BUILD)/deb/guest
	$(Q)AUTOPKGTEST_TMP=$(BUILD)/deb/guest PATH="$$(realpath $(BUILD)/deb/unpacked/usr/bin):$$PATH" debian/tests/guest
