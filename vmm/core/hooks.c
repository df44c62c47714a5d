/* SPDX-License-Identifier: MIT */
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

/* Returns the first, from `hooks` on, that wants an event, or NULL. */
static struct hooks *find(struct hooks *hooks, unsigned event)
{
    while (hooks && !(hooks->events & event))
        hooks = hooks->next;
    return hooks;
}

bool hooks_exited(struct vcpu *vcpu)
{
    bool handle = true;

    for (struct hooks *at = vcpu->vm->hooks; (at = find(at, HOOK_EXIT)); at = at->next)
        handle &= at->exited(at, vcpu);
    return handle;
}

void hooks_enter(struct vcpu *vcpu)
{
    for (struct hooks *at = vcpu->vm->hooks; (at = find(at, HOOK_ENTER)); at = at->next)
        at->enter(at, vcpu);
}

void hooks_handled(struct vcpu *vcpu)
{
    for (struct hooks *at = vcpu->vm->hooks; (at = find(at, HOOK_HANDLED)); at = at->next)
        at->handled(at, vcpu);
}

void hooks_stop(struct vcpu *vcpu)
{
    for (struct hooks *at = vcpu->vm->hooks; (at = find(at, HOOK_STOP)); at = at->next)
        at->stop(at, vcpu);
}

void hooks_between(struct vcpu *vcpu)
{
    for (struct hooks *at = vcpu->vm->hooks; (at = find(at, HOOK_BETWEEN)); at = at->next)
        at->between(at, vcpu);
}

void hooks_kick(struct vm *vm)
{
    for (struct hooks *at = vm->hooks; (at = find(at, HOOK_KICK)); at = at->next)
        at->kick(at);
}

void hooks_write(struct vm *vm, gpa_t start, uint64_t length)
{
    for (struct hooks *at = vm->hooks; (at = find(at, HOOK_WRITE)); at = at->next)
        at->write(at, start, length);
}
