/* SPDX-License-Identifier: MIT */
/* The machine: what it is made of, and how a guest ends. */
#include "vm.h"

#include "console.h"
#include "hooks.h"
#include "platform.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char NO_SUCH_BREAKPOINT[] = "there are no such breakpoints here";

void vm_add_state(struct vm *vm, struct state_area *area)
{
    area->next = vm->areas;
    vm->areas = area;
}

size_t vm_state_size(const struct vm *vm)
{
    size_t size = 0;

    for (const struct state_area *area = vm->areas; area; area = area->next)
        size += area->size;
    return size;
}

void vm_save_state(const struct vm *vm, uint8_t *bytes)
{
    for (const struct state_area *area = vm->areas; area; bytes += area->size, area = area->next)
        memcpy(bytes, area->bytes, area->size);
}

void vm_load_state(struct vm *vm, const uint8_t *bytes)
{
    for (struct state_area *area = vm->areas; area; bytes += area->size, area = area->next)
        memcpy(area->bytes, bytes, area->size);
}

void vm_init(struct vm *vm)
{
    vm->area = (struct state_area){&vm->turn, sizeof(*vm) - offsetof(struct vm, turn), NULL};
    vm_add_state(vm, &vm->area);
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct vcpu *vcpu = &vm->vcpus[i];

        vcpu->vm = vm;
        vcpu->id = i;
        vcpu->exit.kind = EXIT_KICK; /* no result is to be applied at the first entry */
        vcpu->orders.insns_until = UINT64_MAX;
        vcpu->area = (struct state_area){&vcpu->started,
                                         sizeof(*vcpu) - offsetof(struct vcpu, started), NULL};
        vm_add_state(vm, &vcpu->area);
    }
    vm->vcpus[0].started = true;
    console_push(vm, &console_host);
}

gpa_t stacks_start(const struct vm *vm)
{
    const struct memory *memory = &vm->memory;
    uint64_t size = vm->vcpu_count * vm->backend->stack_stride;

    return gpa(memory->base.value + (size < memory->size ? memory->size - size : 0));
}

void *memory_for_write(struct vm *vm, gpa_t start, uint64_t length)
{
    void *hva = memory_at(&vm->memory, start, length);

    if (!hva || length == 0)
        return hva;
    if (vm->backend->will_write)
        vm->backend->will_write(vm, start, length);
    if (hooks_want(vm, HOOK_WRITE))
        hooks_write(vm, start, length);
    return hva;
}

void vm_stop(struct vm *vm, int status)
{
    for (unsigned i = 0; i < vm->vcpu_count && !vm->stopped; i++)
        endpoint_flush(vm->console, &vm->vcpus[i]);
    if (vm->stopped) /* already, or by the console, which has failed */
        return;
    vm->stopped = true;
    vm->status = status;
}

uint64_t vcpu_exit_pc(const struct vcpu *vcpu)
{
    const struct backend *backend = vcpu->vm->backend;

    return backend->exit_pc ? backend->exit_pc(vcpu) : backend->pc(vcpu);
}

void vm_describe_address(const struct vcpu *vcpu, uint64_t pc, char *text, size_t size)
{
    if (vcpu->vm->describe_address)
        vcpu->vm->describe_address(vcpu, pc, text, size);
    else
        snprintf(text, size, "0x%" PRIx64, pc);
}

void vm_show_address(const struct vcpu *vcpu, uint64_t pc)
{
    char where[160];

    vm_describe_address(vcpu, pc, where, sizeof(where));
    fprintf(stderr, "  at %s, vCPU %u, after %" PRIu64 " exits\n", where, vcpu->id,
            vcpu->vm->exit_count);
}

void vm_die(struct vcpu *vcpu, const char *format, ...)
{
    char what[256];
    va_list args;

    if (vcpu->vm->stopped)
        return;
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    vm_stop(vcpu->vm, fail(STATUS_DIED, "the guest died: %s", what));
    vm_show_address(vcpu, vcpu->vm->backend->pc(vcpu));
    fprintf(stderr, "  registers\n");
    vcpu->vm->backend->show_registers(vcpu, stderr);
}

void vcpu_wait(struct vcpu *vcpu, unsigned wakes)
{
    vcpu->waiting = true;
    vcpu->wakes = wakes;
    endpoint_flush(vcpu->vm->console, vcpu); /* a line without its end may be a question */
}

void vcpu_kick(const struct vcpu *vcpu)
{
    if (vcpu->thread && vcpu->thread != host_thread_self())
        host_kick(vcpu->thread);
}
