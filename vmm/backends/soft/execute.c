/* SPDX-License-Identifier: MIT */
/*
 * Executes guest code. A page of code is kept decoded: each struct insn names the handler that
 * executes it, so a handler jumps straight to the next one (threaded code). The pc follows from the
 * address of that struct. The handlers are made from ops.def.
 */
#include "hart.h"

#include "isa/riscv/decode.h"
#include "isa/riscv/meaning.h"
#include "translate/translate.h"

#include <stddef.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wpedantic" /* labels as values, a GNU extension */

#include "handlers.h"

/* Returns the four bytes of code at an offset in a page, or its last two. */
static uint32_t bits_at(const struct code_page *code, uint64_t offset)
{
    uint32_t bits = 0;

    memcpy(&bits, code->bytes + offset, offset == PAGE_SIZE - 2 ? 2 : 4);
    return bits;
}

/* Counts an instruction that accesses an address without RAM, and keeps its bits for device.c,
 * which completes it. An instruction that crosses into the next page is in access_insn already. */
static void begin_access(struct hart *hart)
{
    const struct fetch_entry *fetch = &hart->tlb->fetch[hart->pc >> PAGE_SHIFT & (TLB_SIZE - 1)];
    uint64_t offset = hart->pc & (PAGE_SIZE - 1);
    uint32_t bits = bits_at(fetch->code, offset);

    if (offset != PAGE_SIZE - 2 || riscv_is_compressed(bits))
        hart->access_insn = bits;
    hart->steps++;
}

/* Returns whether rd of the instruction at an offset is rs1 of the next one in the page. A store to
 * either of the two discards both (mmu.c, discard_in_page). */
static bool forwards_rd(const struct code_page *code, uint64_t offset, unsigned length, unsigned rd)
{
    uint64_t next = offset + length;

    return rd != 0 && next < PAGE_SIZE && riscv_decode(bits_at(code, next)).rs1 == rd;
}

/* Whether an instruction jumps by its immediate, which is kept as a distance between structs. */
static const bool jumps[OP_COUNT] = {
#define ROW(...)
#define BRANCH(name, ...) [OP_##name] = true,
#define JUMP              BRANCH
#define C_BRANCH          BRANCH
#define C_JUMP            BRANCH
#include "isa/riscv/ops.def"
};

enum stop hart_execute(struct hart *hart)
{
    static const void *const handlers[OP_COUNT] = {
        &&illegal,
#define ROW(name, ...) &&name,
#define RESERVED(...)  &&illegal,
#include "isa/riscv/ops.def"
    };
    static const void *const forwarding_handlers[OP_COUNT] = {
        &&illegal,
#define ROW(name, ...)     &&name,
#define RESERVED(...)      &&illegal,
#define VALUE(name, ...)   &&forward_##name,
#define LOAD(name, ...)    &&forward_##name,
#define C_VALUE(name, ...) &&forward_##name,
#define C_LOAD(name, ...)  &&forward_##name,
#include "isa/riscv/ops.def"
    };
    uint64_t *const x = hart->x;
    uint64_t rs1, steps, limit, bias, page_start, target, gva, value;
    const struct tlb_entry *entry;
    const struct fetch_entry *fetch;
    struct code_page *code;
    struct insn *insn;
    struct tlb *tlb;
    enum outcome outcome;
    enum op op;
    uint32_t bits;
    _Alignas(16) struct insn single[3]; /* an instruction to execute alone; then two page_ends */
    const bool was_in_block = hart->in_block;
    bool interpret; /* what is not translated, up to the next jump */

    hart->vm->undecoded = &&undecoded;
    hart->vm->page_end = &&page_end;
    hart->in_block = false;
    x[0] = 0;
    if (was_in_block) {
        steps = hart->steps;
        target = hart->pc;
        tlb = hart->tlb;
        goto enter;
    }

block_end: /* after an instruction that changes the hart's state; all of it is in *hart */
    if (hart->steps >= hart->limit)
        return STOP_LIMIT;
    hart_take_interrupt(hart);
trapped:
    steps = hart->steps;
    target = hart->pc;
    tlb = hart->tlb;
far_jump: /* to target, in any page; also ends a block at a limit */
    limit = hart->limit;
    if (steps >= limit) {
        hart->pc = target;
        hart->steps = steps;
        return STOP_LIMIT;
    }
enter: /* continues at target */
    interpret = hart->single_step;
enter_insn:
    limit = hart->limit;
    fetch = &tlb->fetch[target >> PAGE_SHIFT & (TLB_SIZE - 1)];
    code = fetch->code;
    if (fetch->tag != (target & ~(uint64_t)(PAGE_SIZE - 1))) {
        hart->pc = target;
        hart->steps = steps;
        /* Before the fetch, which may fail: a debugger's call returns to its breakpoint on the
         * stack. */
        if (hart->vm->breakpoint_count > 0 && breakpoint_stops(hart, target))
            goto at_breakpoint;
        outcome = mmu_fetch_page(hart, target, &code);
        if (outcome != DONE)
            goto failed;
        tlb = hart->tlb; /* mmu_fetch_page may have selected another one */
    }
    page_start = target & ~(uint64_t)(PAGE_SIZE - 1);
    insn = code->insns + (target - page_start) / 2;
    bias = page_start - CODE_OFFSET(code->insns);
    if (hart->vm->translator && !interpret)
        goto translated;
    if (interpret)
        limit = 0; /* each jump comes back to `enter` */
    if (hart->single_step && insn->handler != &&undecoded) {
        single[0] = *insn;
        goto execute_single;
    }
    ENTER();

translated:
    hart->pc = target;
    hart->steps = steps;
    switch (translator_run(hart)) {
    case LEAVE_COLD:
        limit = 0;
        ENTER();
    case LEAVE_FAILED:
        outcome = hart->outcome;
        goto failed;
    case LEAVE_INTERPRET:
        steps = hart->steps;
        target = hart->pc;
        interpret = true;
        goto enter_insn;
    case LEAVE_RESUME:
        steps = hart->steps;
        target = hart->pc;
        if (target % PAGE_SIZE == 0)
            goto far_jump;
        goto enter;
    default: /* LEAVE_END */
        steps = hart->steps;
        target = hart->pc;
        goto far_jump;
    }

execute_single: /* executes the instruction of PC from single[0]; page_end or far_jump follows */
    limit = 0;
    bias = PC - CODE_OFFSET(single);
    insn = single;
    single[1].handler = single[2].handler = &&page_end;
    ENTER();

failed: /* hart->pc is the pc of the instruction */
    if (outcome == NO_RAM) {
        begin_access(hart);
        return STOP_ACCESS;
    }
    if (outcome == NO_HANDLER)
        return STOP_NO_HANDLER;
    if (outcome == WATCHED) {
        hart->in_block = was_in_block || !hart->single_step;
        return STOP_WATCHPOINT;
    }
    goto trapped;

at_breakpoint: /* hart->pc is its address */
    hart->in_block = was_in_block || !hart->single_step;
    return STOP_BREAKPOINT;

state_changed: /* by the instruction of PC: it may have enabled interrupts or changed the TLB */
    hart->pc = PC + 4;
    hart->steps = steps + 1;
    goto block_end;

undecoded : {
    uint64_t offset = (uint64_t)(insn - code->insns) * 2;
    const void *const *from;
    bool split, watched = false;

    if (hart->vm->breakpoint_count > 0) {
        SAVE();
        if (breakpoint_stops(hart, PC))
            goto at_breakpoint;
        watched = breakpoint_may_be_at(hart->vm, offset);
    }
    bits = bits_at(code, offset);
    split = !riscv_is_compressed(bits) && offset == PAGE_SIZE - 2;
    if (split) {
        SAVE();
        outcome = mmu_fetch_insn(hart, PC, &bits);
        if (outcome != DONE)
            goto failed;
        hart->access_insn = bits;
    }
    struct riscv_insn decoded = riscv_decode(bits);

    from =
        forwards_rd(code, offset, riscv_length(bits), decoded.rd) ? forwarding_handlers : handlers;
    single[0] = (struct insn){
        .handler = from[decoded.op],
        .imm = jumps[decoded.op] ? decoded.imm * DECODED : decoded.imm,
        .rd = decoded.rd ? decoded.rd : DISCARD,
        .rs1 = decoded.rs1,
        .rs2 = decoded.rs2,
        .visits = insn->visits,
    };
    /* Not cached: the second half may change (it is in the next page), or a breakpoint must be
     * checked each time. */
    if (!split && !watched)
        *insn = single[0];
    if (split || watched || hart->single_step)
        goto execute_single;
    ENTER();
}
page_end: /* of a page, or after single[0] */
    target = PC;
    if (insn < single || insn > &single[2] || target - page_start >= PAGE_SIZE)
        goto far_jump;
    if (!hart->single_step) /* the block continues after an instruction that is not cached */
        goto enter;
    hart->pc = target;
    hart->steps = steps;
    hart->in_block = true;
    return STOP_LIMIT;
jumped_out: /* of the page, or to the limit */
    target = PC;
    goto far_jump;
illegal:
    TRAP(TRAP_ILLEGAL, (uint32_t)insn->imm);

float_off: /* stval gets the instruction's bits, which are not kept decoded */
    SAVE();
    outcome = mmu_fetch_insn(hart, PC, &bits);
    if (outcome != DONE)
        goto failed;
    TRAP(TRAP_ILLEGAL, bits);

compute_float:
    if (!hart_compute_float(hart, op, (uint32_t)insn->imm))
        goto illegal;
    NEXT(4);

    /* The instructions of the kind SYSTEM. */
fence:
fence_tso:
fence_i:
    NEXT(4);
ecall:
    if (hart->mode == MODE_U)
        TRAP(TRAP_ECALL_U, 0);
    hart->pc = PC; /* soft.c moves it past the ecall with the result */
    hart->steps = steps + 1;
    hart->traps++; /* ecall does not retire (privileged spec, 3.3.1) */
    return STOP_ECALL;
ebreak:
c_ebreak:
    TRAP(TRAP_BREAKPOINT, PC);
sret: /* privileged spec, 3.3 and 4.2 */
    if (hart->mode != MODE_S)
        goto illegal;
    hart->steps = steps + 1;
    hart_sret(hart);
    goto block_end;
wfi:
    if (hart->mode != MODE_S) /* in U-mode it may trap, and KVM lets it */
        goto illegal;
    hart->pc = PC + 4;
    hart->steps = steps + 1;
    if (hart_wakes(hart))
        goto block_end;
    return STOP_WFI;
sfence_vma:
    if (hart->mode != MODE_S)
        goto illegal;
    mmu_flush(hart, insn->rs2 ? RS2 & 0xffff : ASID_ANY);
    goto state_changed;

    /* All others. */
#define ROW(...)
#define VALUE(name, ...)                        VALUE_OF(name, 4, name)
#define BRANCH(name, ...)                       BRANCH_OF(name, 4, name)
#define JUMP(name, ...)                         JUMP_OF(name, 4)
#define JUMP_REGISTER(name, ...)                JUMP_REGISTER_OF(name, 4, name)
#define LOAD(name, ...)                         LOAD_OF(name, 4, type_##name)
#define STORE(name, ...)                        STORE_OF(name, 4, type_##name)
#define LOAD_RESERVED(name, ...)                LOAD_RESERVED_OF(name, type_##name)
#define STORE_CONDITIONAL(name, ...)            STORE_CONDITIONAL_OF(name, type_##name)
#define AMO(name, ...)                          AMO_OF(name, type_##name)
#define CSR(name, ...)                          CSR_OF(name, true)
#define CSR_BITS(name, ...)                     CSR_OF(name, insn->rs1 != 0)
#define FLOAT_LOAD(name, ...)                   FLOAT_LOAD_OF(name, 4, type_##name)
#define FLOAT_STORE(name, ...)                  FLOAT_STORE_OF(name, 4, type_##name)
#define FLOAT(name, ...)                        FLOAT_OF(name)
#define C_VALUE(name, f, m, k, t, base)         VALUE_OF(name, 2, base)
#define C_BRANCH(name, f, m, k, t, base)        BRANCH_OF(name, 2, base)
#define C_JUMP(name, ...)                       JUMP_OF(name, 2)
#define C_JUMP_REGISTER(name, f, m, k, t, base) JUMP_REGISTER_OF(name, 2, base)
#define C_LOAD(name, f, m, k, t, base)          LOAD_OF(name, 2, type_##base)
#define C_STORE(name, f, m, k, t, base)         STORE_OF(name, 2, type_##base)
#define C_FLOAT_LOAD(name, f, m, k, t, base)    FLOAT_LOAD_OF(name, 2, type_##base)
#define C_FLOAT_STORE(name, f, m, k, t, base)   FLOAT_STORE_OF(name, 2, type_##base)
#include "isa/riscv/ops.def"
}
