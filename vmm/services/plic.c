/* SPDX-License-Identifier: MIT */
/*
 * RISC-V Platform-Level Interrupt Controller Specification 1.0.0. A device asserts its line. The
 * interrupt becomes pending, and each hart that has enabled it, with a threshold below its
 * priority, gets an external interrupt. The first hart that reads its claim register handles it.
 * Only after that hart has completed it can it become pending again.
 */
#include "plic.h"

/* The registers, by offset: chapter 3. A context is a hart's mode: 2 * hart for M-mode, which
 * guests do not see, and 2 * hart + 1 for S-mode. */
#define PRIORITY       0x0
#define PENDING        0x1000
#define ENABLE         0x2000
#define ENABLE_STRIDE  0x80
#define CONTEXT        0x200000
#define CONTEXT_STRIDE 0x1000
#define THRESHOLD      0x0
#define CLAIM          0x4
#define CONTEXTS       (2 * VCPU_MAX)
#define SIZE           0x600000
#define PRIORITY_BITS  7u

/* Returns the interrupt that a hart would claim, the one of the highest priority and then of the
 * lowest number; 0: none. */
static uint32_t best(const struct plic *plic, const struct plic_hart *hart)
{
    const uint32_t ready = plic->pending & hart->enabled;
    uint32_t found = 0, highest = hart->threshold;

    for (uint32_t source = 1; source < PLIC_SOURCES && ready >> source; source++)
        if (ready >> source & 1 && plic->priority[source] > highest) {
            found = source;
            highest = plic->priority[source];
        }
    return found;
}

static void update(struct plic *plic)
{
    plic->pending |= plic->levels & ~plic->claimed;
    for (unsigned i = 0; i < plic->vm->vcpu_count; i++)
        plic->vm->vcpus[i].external = best(plic, &plic->harts[i]) != 0;
}

void plic_set(struct plic *plic, uint32_t source, bool level)
{
    const uint32_t bit = UINT32_C(1) << source;

    plic->levels = level ? plic->levels | bit : plic->levels & ~bit;
    if (!level)
        plic->pending &= ~bit;
    update(plic);
}

static uint32_t claim(struct plic *plic, const struct plic_hart *hart)
{
    const uint32_t source = best(plic, hart);

    if (source) {
        plic->pending &= ~(UINT32_C(1) << source);
        plic->claimed |= UINT32_C(1) << source;
    }
    return source;
}

static void complete(struct plic *plic, const struct plic_hart *hart, uint64_t source)
{
    if (source < PLIC_SOURCES && hart->enabled >> source & 1)
        plic->claimed &= ~(UINT32_C(1) << source);
}

/* Finds the hart of a context's register, and the register's offset. Returns NULL for M-mode's, and
 * for harts that do not exist. */
static struct plic_hart *hart_at(struct plic *plic, uint64_t offset, uint64_t stride, uint64_t *reg)
{
    const uint64_t context = offset / stride;

    *reg = offset % stride;
    if (context % 2 == 0 || context / 2 >= plic->vm->vcpu_count)
        return NULL;
    return &plic->harts[context / 2];
}

static void access_context(struct plic *plic, uint64_t offset, struct access *access)
{
    uint64_t reg;
    struct plic_hart *hart = hart_at(plic, offset, CONTEXT_STRIDE, &reg);

    if (hart && reg == THRESHOLD && access->write)
        hart->threshold = access->value & PRIORITY_BITS;
    else if (hart && reg == THRESHOLD)
        access->value = hart->threshold;
    else if (hart && reg == CLAIM && access->write)
        complete(plic, hart, access->value);
    else if (hart && reg == CLAIM)
        access->value = claim(plic, hart);
}

static void access_enable(struct plic *plic, uint64_t offset, struct access *access)
{
    uint64_t reg;
    struct plic_hart *hart = hart_at(plic, offset, ENABLE_STRIDE, &reg);

    if (!hart || reg != 0)
        return;
    if (access->write)
        hart->enabled = (uint32_t)access->value & ~1u;
    else
        access->value = hart->enabled;
}

static void access_priority(struct plic *plic, uint64_t source, struct access *access)
{
    if (source == 0 || source >= PLIC_SOURCES)
        return;
    if (access->write)
        plic->priority[source] = access->value & PRIORITY_BITS;
    else
        access->value = plic->priority[source];
}

/* Registers that do not exist read as 0, and ignore writes. */
static bool access_plic(const struct device *self, struct vcpu *vcpu, struct access *access)
{
    struct plic *plic = self->context;
    const uint64_t offset = access->address - self->base;

    (void)vcpu;
    if (access->size != 4 || offset % 4)
        return false;
    if (!access->write)
        access->value = 0;
    if (offset >= CONTEXT)
        access_context(plic, offset - CONTEXT, access);
    else if (offset >= ENABLE && offset < ENABLE + CONTEXTS * ENABLE_STRIDE)
        access_enable(plic, offset - ENABLE, access);
    else if (offset == PENDING && !access->write)
        access->value = plic->pending;
    else if (offset < PENDING)
        access_priority(plic, (offset - PRIORITY) / 4, access);
    update(plic);
    return true;
}

int plic_add(struct plic *plic, struct vm *vm, gpa_t base)
{
    static const struct device_node node = {"plic", "sifive,plic-1.0.0", 0};

    *plic = (struct plic){
        .device = {EXIT_MMIO, base.value, SIZE, access_plic, plic, NULL, &node},
        .vm = vm,
    };
    plic->area =
        (struct state_area){&plic->levels, sizeof(*plic) - offsetof(struct plic, levels), NULL};
    vm_add_state(vm, &plic->area);
    return devices_add(vm, &plic->device);
}
