/* SPDX-License-Identifier: MIT */
/* Explains a guest's death: the trap, the address, the callers, the page walk, the likely cause. */
#include "explain.h"

#include "symbols.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define PAGE        4096
#define CALLERS_MAX (EXPLAIN_CALLERS - 1)

void explain_address(const struct vcpu *vcpu, uint64_t pc, char *text, size_t size)
{
    const struct symbols *symbols = image_symbols(vcpu->vm->image);
    const char *name, *file;
    uint64_t offset;
    unsigned line;

    name = symbols_find(symbols, pc, &offset);
    file = symbols_line(symbols, pc, &line);
    if (name && file)
        snprintf(text, size, "0x%" PRIx64 " %s+0x%" PRIx64 " (%s:%u)", pc, name, offset, file,
                 line);
    else if (name)
        snprintf(text, size, "0x%" PRIx64 " %s+0x%" PRIx64, pc, name, offset);
    else
        snprintf(text, size, "0x%" PRIx64, pc);
    printable(text);
}

static const struct segment *segment_at(const struct image *image, uint64_t address)
{
    for (size_t i = 0; i < image->segment_count; i++)
        if (address - image->segments[i].start.value < image->segments[i].memory_size)
            return &image->segments[i];
    return NULL;
}

static bool in_stack_guard(const struct vm *vm, uint64_t address)
{
    uint64_t offset = address - stacks_start(vm).value;

    return offset < vm->vcpu_count * vm->backend->stack_stride &&
           offset % vm->backend->stack_stride < vm->backend->stack_stride - vm->backend->stack_size;
}

/* Returns the likely cause of a fault, by the address that was accessed; NULL: unknown. */
static const char *likely_cause(const struct vm *vm, uint64_t pc, uint64_t address)
{
    const struct segment *segment = segment_at(vm->image, address);

    if (address < PAGE)
        return "a NULL pointer was used: page 0 is left unmapped to catch that";
    if (in_stack_guard(vm, address))
        return "the stack is full, and nothing is mapped below it: deep recursion, or a large "
               "local array?";
    if (address == pc && segment && !segment->execute)
        return "a jump into data, which is not executable: a bad function pointer or a return "
               "address that was overwritten";
    if (address == pc && !segment)
        return "a jump to an address without code: a bad function pointer or a return address "
               "that was overwritten";
    if (segment && !segment->write)
        return "a write to code or constants, which are read-only";
    if (!memory_at(&vm->memory, gpa(address), 1))
        return "a pointer that leads outside RAM: not initialised, freed, or overwritten?";
    return NULL;
}

/* Reads a word of the guest's stack, which the runtime maps 1:1. */
static bool read_word(const struct vm *vm, uint64_t address, uint64_t *word)
{
    const void *hva = memory_at(&vm->memory, gpa(address), sizeof(*word));

    if (hva)
        memcpy(word, hva, sizeof(*word));
    return hva != NULL;
}

/* Returns the name of the function that a return address is in, or NULL if it is not in code. */
static const char *caller_name(const struct vm *vm, uint64_t caller)
{
    const struct segment *segment = segment_at(vm->image, caller);
    uint64_t offset;

    return segment && segment->execute ? symbols_find(image_symbols(vm->image), caller - 1, &offset)
                                       : NULL;
}

/*
 * Finds the callers: the return addresses, up to CALLERS_MAX of them. Follows the frame pointers,
 * as long as they lead up the stack, and the return addresses, as long as they are in code. A leaf
 * function often has no frame: then `caller` is its return address. In other functions `caller` may
 * be an address in the function itself, left by a call that it has made; then only the frames
 * count. Returns how many there are.
 */
static unsigned find_callers(const struct vm *vm, uint64_t pc, uint64_t frame, uint64_t caller,
                             uint64_t *callers)
{
    const char *first = caller_name(vm, caller);
    uint64_t next, in_frame;
    unsigned count = 0;

    for (bool innermost = true; count < CALLERS_MAX; innermost = false, frame = next) {
        if (frame % 8 || !read_word(vm, frame + (uint64_t)vm->backend->frame_next, &next) ||
            !read_word(vm, frame + (uint64_t)vm->backend->frame_return, &in_frame))
            break;
        if (innermost && first && first != caller_name(vm, pc + 1) && caller != in_frame)
            callers[count++] = caller;
        if (caller_name(vm, in_frame))
            callers[count++] = in_frame;
        else if (innermost &&
                 first) /* RISC-V: without calls, a function saves s0 where ra would be */
            next = in_frame;
        else
            break;
        if (next <= frame)
            break;
    }
    return count;
}

static void show_insn(struct vcpu *vcpu, uint64_t pc)
{
    char text[64];

    if (!vcpu->vm->backend->describe_insn)
        return;
    vcpu->vm->backend->describe_insn(vcpu, pc, text, sizeof(text));
    fprintf(stderr, "  the instruction: %s\n", text);
}

/* A return address is after the call: so the call's line is that of the byte before. */
static void show_callers(const struct vcpu *vcpu, uint64_t pc, uint64_t frame, uint64_t caller)
{
    uint64_t callers[EXPLAIN_CALLERS];
    unsigned count = find_callers(vcpu->vm, pc, frame, caller, callers);
    char where[160];

    for (unsigned i = 0; i < count; i++) {
        explain_address(vcpu, callers[i] - 1, where, sizeof(where));
        fprintf(stderr, "  called from %s\n", where);
    }
    if (count >= CALLERS_MAX)
        fprintf(stderr, "  and so on\n");
}

unsigned explain_callers(const struct vcpu *vcpu, uint64_t pc, uint64_t *callers)
{
    uint64_t caller, frame = vcpu->vm->backend->frame(vcpu, &caller);

    return find_callers(vcpu->vm, pc, frame, caller, callers);
}

void explain_author(const struct vcpu *vcpu, char *text, size_t size)
{
    const struct symbols *symbols = image_symbols(vcpu->vm->image);
    uint64_t callers[EXPLAIN_CALLERS], offset, pc = vcpu_exit_pc(vcpu);
    const char *name, *file;
    unsigned count, line;

    *text = '\0';
    if (symbols_is_author(symbols, pc))
        return;
    count = explain_callers(vcpu, pc, callers);
    for (unsigned i = 0; i < count; i++) {
        if (!symbols_is_author(symbols, callers[i] - 1))
            continue;
        name = symbols_find(symbols, callers[i] - 1, &offset);
        file = symbols_line(symbols, callers[i] - 1, &line);
        snprintf(text, size, "%s (%s:%u)", name, file, line);
        printable(text);
        return;
    }
}

void vm_die_of_trap(struct vcpu *vcpu, uint64_t cause, uint64_t pc, uint64_t address,
                    uint64_t frame, uint64_t caller)
{
    const struct vm *vm = vcpu->vm;
    bool has_address = false;
    const char *name, *likely;
    struct paging paging;

    if (vm->stopped)
        return;
    name = vm->backend->trap_name(cause, &has_address);
    if (cause == LAB_CAUSE_ABORT)
        vm_stop(vcpu->vm,
                fail(STATUS_DIED, "the guest died: it called abort; its output may say why"));
    else
        vm_stop(vcpu->vm,
                fail(STATUS_DIED, "the guest died of a trap it does not handle: %s (%" PRIu64 ")",
                     name ? name : "unknown cause", cause));
    vm_show_address(vcpu, pc);
    if (cause != LAB_CAUSE_ABORT)
        show_insn(vcpu, pc);
    show_callers(vcpu, pc, frame, caller);
    if (cause == LAB_CAUSE_ABORT)
        return;
    likely = vm->backend->trap_advice ? vm->backend->trap_advice(cause, address) : NULL;
    if (likely)
        fprintf(stderr, "  likely: %s\n", likely);
    if (!has_address && !in_stack_guard(vm, address))
        return;
    fprintf(stderr, "  the page walk for 0x%" PRIx64 "\n", address);
    vm->backend->paging(vcpu, &paging);
    paging_show(&vm->memory, &paging, address, stderr);
    likely = likely_cause(vm, pc, address);
    if (likely)
        fprintf(stderr, "  likely: %s\n", likely);
}
