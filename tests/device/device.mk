# SPDX-License-Identifier: MIT
# The VMM with a device of the tests' own, as a lab's build has devices.

DEVICE_VMM := $(VMM_BUILD)/labvisor-device
DEVICE_OBJ := $(VMM_BUILD)/tests/device/device.c.o

$(DEVICE_OBJ): tests/device/device.c $(VMM_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(VMM_CC) $(VMM_CFLAGS) $(ERRORS) -MMD -MP -c -o $@ $<

$(DEVICE_VMM): $(VMM_OBJS) $(DEVICE_OBJ)
	$(call say,LD,$@)
	$(Q)$(VMM_CC) $(VMM_LDFLAGS) -o $@ $^

device-vmm: $(DEVICE_VMM)
.PHONY: device-vmm

-include $(DEVICE_OBJ:.o=.d)
