/* SPDX-License-Identifier: MIT */
/*
 * Software breakpoints: a trap instruction in the guest's memory replaces the guest's own. The
 * debugger never sees it. If the guest itself writes there, the breakpoint is lost.
 */
#include "kvm.h"

#include <string.h>

static struct kvm_debug *debug_of(const struct vm *vm)
{
    return kvm_vm(vm)->debug;
}

/* Stores an instruction at once, because another vCPU may fetch it meanwhile. The instruction
 * caches of all CPUs are flushed by the kernel, where the architecture needs that. */
static void store_code(const struct kvm_debug *debug, uint8_t *hva, const uint8_t *bytes)
{
    uint16_t code;

    if (debug->trap_size == sizeof(code)) {
        memcpy(&code, bytes, sizeof(code));
        __atomic_store_n((uint16_t *)hva, code, __ATOMIC_RELAXED);
    } else {
        *hva = *bytes;
    }
    __builtin___clear_cache((char *)hva, (char *)hva + debug->trap_size);
}

const char *kvm_plant(struct vcpu *vcpu, struct planted *planted, uint64_t gva)
{
    const struct kvm_debug *debug = debug_of(vcpu->vm);
    struct translation to;
    struct paging paging;
    uint8_t *code = NULL;

    vcpu->vm->backend->paging(vcpu, &paging);
    if (paging_translate(&vcpu->vm->memory, &paging, gva, &to) && to.size >= debug->trap_size)
        code = memory_at(&vcpu->vm->memory, to.gpa, debug->trap_size);
    if (!code)
        return "no memory is mapped there now";
    if (!to.execute)
        return "no code can be executed there";
    *planted = (struct planted){.used = 1, .gva = gva, .gpa = to.gpa};
    memcpy(planted->original, code, debug->trap_size);
    store_code(debug, code, debug->trap);
    return NULL;
}

void kvm_unplant(const struct vm *vm, struct planted *planted)
{
    const struct kvm_debug *debug = debug_of(vm);
    uint8_t *code;

    if (!planted->used)
        return;
    planted->used = 0;
    code = memory_at(&vm->memory, planted->gpa, debug->trap_size);
    if (memcmp(code, debug->trap, debug->trap_size) == 0) /* else the guest has written there */
        store_code(debug, code, planted->original);
}

static struct planted *find(const struct vm *vm, uint64_t gva)
{
    struct kvm_debug *debug = debug_of(vm);

    for (unsigned i = 0; i < BREAKPOINTS_MAX; i++)
        if (debug->planted[i].used && debug->planted[i].gva == gva)
            return &debug->planted[i];
    return NULL;
}

const char *kvm_insert_planted(struct vcpu *vcpu, uint64_t gva)
{
    struct kvm_debug *debug = debug_of(vcpu->vm);
    struct planted *planted = find(vcpu->vm, gva);

    if (planted) {
        planted->used++;
        return NULL;
    }
    for (unsigned i = 0; i < BREAKPOINTS_MAX; i++)
        if (!debug->planted[i].used)
            return kvm_plant(vcpu, &debug->planted[i], gva);
    return "there are too many breakpoints";
}

void kvm_remove_planted(const struct vm *vm, uint64_t gva)
{
    struct planted *planted = find(vm, gva);

    if (planted && planted->used > 1)
        planted->used--;
    else if (planted)
        kvm_unplant(vm, planted);
}

bool kvm_is_planted(const struct vm *vm, uint64_t gva)
{
    return find(vm, gva) != NULL;
}

void kvm_hide(const struct vm *vm, gpa_t start, uint8_t *bytes, size_t size)
{
    const struct kvm_debug *debug = debug_of(vm);

    for (unsigned i = 0; debug && i < BREAKPOINTS_MAX; i++)
        for (unsigned j = 0; j < debug->trap_size && debug->planted[i].used; j++) {
            uint64_t at = debug->planted[i].gpa.value + j - start.value;

            if (at < size)
                bytes[at] = debug->planted[i].original[j];
        }
}

/* Takes what was written over a trap instruction as the guest's own, and plants the trap again. */
static void plant_again(const struct vm *vm, struct planted *planted, gpa_t start, size_t size)
{
    const struct kvm_debug *debug = debug_of(vm);
    uint8_t *code = memory_at(&vm->memory, planted->gpa, debug->trap_size);
    bool overwritten = false;

    for (unsigned j = 0; j < debug->trap_size; j++)
        if (planted->gpa.value + j - start.value < size) {
            planted->original[j] = code[j];
            overwritten = true;
        }
    if (overwritten)
        store_code(debug, code, debug->trap);
}

void kvm_written(const struct vm *vm, gpa_t start, size_t size)
{
    struct kvm_debug *debug = debug_of(vm);
    char *bytes = memory_at(&vm->memory, start, size);

    for (unsigned i = 0; i < BREAKPOINTS_MAX; i++)
        if (debug->planted[i].used)
            plant_again(vm, &debug->planted[i], start, size);
    if (bytes)
        __builtin___clear_cache(bytes, bytes + size);
}
