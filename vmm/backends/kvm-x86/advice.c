/* SPDX-License-Identifier: MIT */
/* Advice for guests that were written for a PC, and for instructions that KVM does not emulate. */
#include "x86.h"

#include "page_tables.h"

#include <stdio.h>
#include <string.h>

const char *x86_access_advice(const struct vm_exit *exit)
{
    static const struct {
        uint16_t first, last;
        const char *advice;
    } ports[] = {
        {0x20, 0x21, "a PC has its interrupt controller there: the timer needs none"},
        {0x40, 0x43, "a PC has its timer there: call TIME.set_timer"},
        {0x60, 0x64, "a PC has its keyboard there: call DBCN.console_read"},
        {0x70, 0x71, "a PC has its clock there: call LAB.get_timebase and read the TSC"},
        {0x2f8, 0x2ff, "a PC has COM2 there: a byte to port 0xe9 is printed"},
        {0x3f8, 0x3ff, "a PC has COM1 there: a byte to port 0xe9 is printed"},
    };

    for (size_t i = 0; exit->kind == EXIT_PIO && i < sizeof(ports) / sizeof(ports[0]); i++)
        if (exit->access.address >= ports[i].first && exit->access.address <= ports[i].last)
            return ports[i].advice;
    return NULL;
}

/* Intel SDM vol. 3, 6.15, "Interrupt 0" and "Interrupt 13". */
const char *x86_trap_advice(uint64_t cause, uint64_t value)
{
    (void)value;
    if (cause == 0)
        return "a division by zero, or of the lowest number by -1";
    if (cause == 13)
        return "a pointer whose upper 17 bits are not all alike, or an instruction or a selector "
               "that is not allowed here";
    return NULL;
}

/* Returns whether an instruction uses SSE: the opcodes 0F 10 to 17, 28 to 2F, 50 to 7F, C2 to C6
 * and D0 to FF, after prefixes (Intel SDM vol. 2, appendix A.3). */
static bool is_sse(const uint8_t *code, size_t size)
{
    size_t i = 0;
    uint8_t opcode;

    while (i < size &&
           (code[i] == 0x66 || code[i] == 0xf2 || code[i] == 0xf3 || (code[i] & 0xf0) == 0x40))
        i++;
    if (i + 1 >= size || code[i] != 0x0f)
        return false;
    opcode = code[i + 1];
    return (opcode >= 0x10 && opcode <= 0x17) || (opcode >= 0x28 && opcode <= 0x2f) ||
           (opcode >= 0x50 && opcode <= 0x7f) || (opcode >= 0xc2 && opcode <= 0xc6) ||
           opcode >= 0xd0;
}

void x86_describe_code(struct vcpu *vcpu, char *text, size_t size)
{
    struct translation to;
    struct paging paging;
    const uint8_t *at = NULL;
    uint8_t code[8];
    size_t count = 0, used;

    x86_paging(vcpu, &paging);
    if (paging_translate(&vcpu->vm->memory, &paging, vcpu->vm->backend->pc(vcpu), &to))
        count = to.size < sizeof(code) ? to.size : sizeof(code);
    if (count > 0)
        at = memory_at(&vcpu->vm->memory, to.gpa, count);
    if (!at) {
        snprintf(text, size, "no code is there");
        return;
    }
    memcpy(code, at, count);
    kvm_hide(vcpu->vm, to.gpa, code, count); /* the guest's code, and no breakpoint in it */
    used = (size_t)snprintf(text, size, "its bytes are");
    for (size_t i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, " %02x", code[i]);
    if (is_sse(code, count) && used < size)
        snprintf(text + used, size - used, ", SSE: build with -mgeneral-regs-only");
}
