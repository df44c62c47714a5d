/* Calls the hooks that want an event. */
#include "hooks.h"

void hooks_add(struct vm *vm, struct hooks *hooks)
{
    struct hooks **end = &vm->hooks;

    while (*end)
        end = &(*end)->next;
    *end = hooks;
    hooks->next = NULL;
    vm->hook_events |= hooks->events;
}

#define EACH(vm, event, hook)                                                                      \
    for (struct hooks *hook = (vm)->hooks; hook; hook = hook->next)                                \
        if (hook->events & (event))

void hooks_enter(struct vcpu *vcpu)
{
    EACH(vcpu->vm, HOOK_ENTER, hook)
    hook->enter(hook, vcpu);
}

bool hooks_exited(struct vcpu *vcpu)
{
    bool handle = true;

    EACH(vcpu->vm, HOOK_EXIT, hook)
    handle &= hook->exited(hook, vcpu);
    return handle;
}

void hooks_handled(struct vcpu *vcpu)
{
    EACH(vcpu->vm, HOOK_HANDLED, hook)
    hook->handled(hook, vcpu);
}

void hooks_stop(struct vcpu *vcpu)
{
    EACH(vcpu->vm, HOOK_STOP, hook)
    hook->stop(hook, vcpu);
}

void hooks_snapshot(struct vm *vm)
{
    EACH(vm, HOOK_SNAPSHOT, hook)
    hook->snapshot(hook, vm);
}

void hooks_between(struct vcpu *vcpu)
{
    EACH(vcpu->vm, HOOK_BETWEEN, hook)
    hook->between(hook, vcpu);
}

void hooks_kick(struct vm *vm)
{
    EACH(vm, HOOK_KICK, hook)
    hook->kick(hook);
}
