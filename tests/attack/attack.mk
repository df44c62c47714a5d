# SPDX-License-Identifier: MIT
# The VMM with a hole (attack.c), which the product does not have.

ATTACK_VMM := $(VMM_BUILD)/attack/labvisor
ATTACK_OBJ := $(VMM_BUILD)/tests/attack/attack.c.o

$(ATTACK_OBJ): tests/attack/attack.c $(VMM_FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(VMM_CC) $(VMM_CFLAGS) $(ERRORS) -MMD -MP -c -o $@ $<

$(ATTACK_VMM): $(VMM_OBJS) $(ATTACK_OBJ)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(VMM_CC) $(VMM_LDFLAGS) -o $@ $^ $(VMM_LIBS)

attack-vmm: $(ATTACK_VMM)
.PHONY: attack-vmm

-include $(ATTACK_OBJ:.o=.d)
