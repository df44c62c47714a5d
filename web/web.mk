# SPDX-License-Identifier: MIT
# make web: the page, a VMM in one HTML file. docs/page.md describes it.
#
# Leaves $(BUILD)/labvisor.html, and $(BUILD)/web/, a folder for a web server. The VMM is built for
# WebAssembly by clang, with the files that the program has, but host/web and page/ instead of host/posix,
# gdb and main.c.

WEB := $(BUILD)/web
WEB_OBJ := $(BUILD)/page
WEB_CC := clang
WEB_FOLDERS := core isa/riscv image services replay backends/soft backends/soft/interpret backends/kvm-none host/web page
WEB_SRCS := $(filter-out vmm/image/core_file.c,$(wildcard $(WEB_FOLDERS:%=vmm/%/*.c))) \
  vmm/watch/trace.c vmm/main/setup.c
WEB_OBJS := $(WEB_SRCS:%=$(WEB_OBJ)/%.o)
# At most 2 GiB of memory: soft's distances between pointers have a sign. A long has 32 bits there, and a guest's register 64.
WEB_CFLAGS := --target=wasm32-wasi -std=gnu11 -O2 -D_GNU_SOURCE -DVMM_IN_PAGE=1 "-DSBI_LONG=long long" \
  -Ivmm -Iabi -Wall -Wextra -Wshadow -Wno-gnu-variable-sized-type-not-at-end -Wno-unknown-warning-option
WEB_LDFLAGS := --target=wasm32-wasi -mexec-model=reactor -Wl,--strip-debug,--max-memory=2147483648
WEB_GUESTS := hello clock lost fault echo primes sum labos
WEB_ELFS := $(WEB_GUESTS:%=$(BUILD)/guests/riscv64/%.elf)
WEB_PAGE := $(wildcard web/*.js web/*.css web/*.html)

.PHONY: web page-file
web:
	@$(SETUP) web
	$(Q)why=`tools/have-wasm.sh $(WEB_CC)`; if [ -n "$$why" ]; then echo "skipped: the page: $$why"; else \
	  $(MAKE) --no-print-directory ARCH=riscv64 page-file; fi

page-file: $(BUILD)/labvisor.html

$(WEB_OBJS): $(WEB_OBJ)/%.o: % web/web.mk
	$(call say,WASM,$<)
	@mkdir -p $(@D)
	$(Q)$(WEB_CC) $(WEB_CFLAGS) $(ERRORS) -MMD -MP -c -o $@ $<

$(WEB_OBJ)/vmm.wasm: $(WEB_OBJS)
	$(call say,WASM,$@)
	$(Q)$(WEB_CC) $(WEB_LDFLAGS) -o $@.new $^ && wasm-opt -O3 -o $@ $@.new && rm $@.new

$(BUILD)/labvisor.html: $(WEB_OBJ)/vmm.wasm $(WEB_ELFS) $(WEB_PAGE) tools/page.py tools/page_pack.py $(wildcard guests/*.c)
	$(call say,PAGE,$@)
	@mkdir -p $(WEB)
	$(Q)$(PYTHON) tools/page.py --wasm $< --output $@ $(WEB_ELFS)
	$(Q)cp $@ $(WEB)/index.html

# The page's debugger as a program, for sanitizers: make SAN=1 build/san/page-drive.
$(BUILD)/page-drive: tests/page/drive.c $(wildcard vmm/page/*.c) $(filter-out %/main/main.c.o,$(VMM_OBJS)) $(wildcard vmm/page/*.h)
	$(call say,CC,$@)
	$(Q)$(VMM_CC) $(VMM_CFLAGS) -w $(VMM_LDFLAGS) -o $@ $(filter %.c %.o,$^) $(VMM_LIBS)

# make look: runs a guest, and leaves a page with that run.
LOOK := $(BUILD)/look/$(notdir $(GUEST))

.PHONY: look look-file
look:
	@$(SETUP) run riscv64
	@$(SETUP) web
	$(Q)why=`tools/have-wasm.sh $(WEB_CC)`; if [ -n "$$why" ]; then echo "skipped: the page: $$why"; else \
	  $(MAKE) --no-print-directory -s ARCH=riscv64 look-file; fi

# A guest's own status is a part of what there is to see; without a recording there is nothing.
look-file: $(WEB_OBJ)/vmm.wasm $(BUILD)/labvisor $(GUESTS)/riscv64/$(GUEST).elf
	@mkdir -p $(@D) $(BUILD)/look
	$(Q)rm -f $(LOOK).recording
	$(Q)$(BUILD)/labvisor --backend=soft --record=$(LOOK).recording $(OPTIONS) $(GUESTS)/riscv64/$(GUEST).elf $(ARGS) || \
	  { status=$$?; [ -s $(LOOK).recording ] || exit $$status; echo "look: labvisor ended with status $$status (docs/reference.md)"; }
	$(Q)$(PYTHON) tools/page.py --wasm $< --output $(LOOK).html --recording $(LOOK).recording $(GUESTS)/riscv64/$(GUEST).elf
	@echo 'look: open $(LOOK).html'

-include $(WEB_OBJS:.o=.d)
