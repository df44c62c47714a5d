/* SPDX-License-Identifier: MIT */
/* In place of the translator, for a host whose code it cannot make. */
#include "../translate/translate.h"

const char *translator_create(struct soft_vm *vm)
{
    (void)vm;
    return "it makes code of x86-64 alone, on Linux";
}

void translator_free(struct soft_vm *vm)
{
    (void)vm;
}

enum leave translator_run(struct hart *hart)
{
    (void)hart;
    return LEAVE_COLD;
}

struct translated_page *translator_page(const struct soft_vm *vm, const struct code_page *code,
                                        uint64_t gva)
{
    (void)vm, (void)code, (void)gva;
    return NULL;
}

void translator_discard(struct soft_vm *vm, struct code_page *code, uint64_t offset, uint64_t size)
{
    (void)vm, (void)code, (void)offset, (void)size;
}

void translator_flush(struct soft_vm *vm)
{
    (void)vm;
}
