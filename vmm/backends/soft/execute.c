/*
 * What instructions do. The guest's code is kept decoded, a page at a time: each struct
 * insn names the place below that executes it, so that one instruction leads straight to
 * the next (threaded code). The pc is where that struct lies. Meanings: unprivileged
 * spec, chapters 2 to 12.
 */
#include "hart.h"

#include <stddef.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wpedantic" /* labels as values, a GNU extension */

/* The operands of the instruction being executed. Whatever leads to it has read rs1 for it:
 * an instruction that computes what the next one takes as rs1 need not read it back. */
#define RD  x[insn->rd]
#define RS1 rs1
#define RS2 x[insn->rs2]
#define FS2 hart->f[insn->rs2]
#define IMM ((uint64_t)(int64_t)insn->imm)

/* Two bytes of code are one struct insn of 16. */
#define PC (bias + ((uintptr_t)insn >> 3))

#define SAVE()                                                                                     \
    do {                                                                                           \
        hart->pc = PC;                                                                             \
        hart->steps = steps;                                                                       \
    } while (0)

#define ENTER()                                                                                    \
    do {                                                                                           \
        rs1 = x[insn->rs1];                                                                        \
        goto * insn->handler;                                                                      \
    } while (0)

/* The length, in bytes, is a constant at each place: one that had to be read from memory
 * would make each instruction wait for the one before. */
#define NEXT(length)                                                                               \
    do {                                                                                           \
        steps++;                                                                                   \
        insn += (length) / 2;                                                                      \
        ENTER();                                                                                   \
    } while (0)

/* The end of an instruction whose only effect is a value for rd. */
#define SET(length, result)                                                                        \
    do {                                                                                           \
        RD = (result);                                                                             \
        NEXT(length);                                                                              \
    } while (0)

/* The same where rd is the rs1 of the next instruction (passes_on): memory would take longer. */
#define PASS(length, result)                                                                       \
    do {                                                                                           \
        rs1 = (result);                                                                            \
        RD = rs1;                                                                                  \
        steps++;                                                                                   \
        insn += (length) / 2;                                                                      \
        goto * insn->handler;                                                                      \
    } while (0)

/* An operation that has a compressed encoding is there twice, once for each length. */
#define WITH_C(MAKE, name, ...) MAKE(name, 4, __VA_ARGS__) MAKE(c_##name, 2, __VA_ARGS__)

/* Goes on at an address. Loops come by here or by JUMP_BY, so there the limit is checked. */
#define JUMP(address)                                                                              \
    do {                                                                                           \
        target = (address);                                                                        \
        steps++;                                                                                   \
        if (steps >= limit || target - page_start >= PAGE_SIZE)                                    \
            goto far_jump;                                                                         \
        insn = code->insns + (target - page_start) / 2;                                            \
        ENTER();                                                                                   \
    } while (0)

/* The same by the immediate, which decode.c has made a distance between structs. */
#define JUMP_BY_IMM()                                                                              \
    do {                                                                                           \
        insn = (struct insn *)((uintptr_t)insn + IMM);                                             \
        steps++;                                                                                   \
        if (steps >= limit || (uintptr_t)insn - (uintptr_t)code >= INSNS_PER_PAGE * sizeof(*insn)) \
            goto jumped_out;                                                                       \
        ENTER();                                                                                   \
    } while (0)

#define TRAP(cause, value)                                                                         \
    do {                                                                                           \
        SAVE();                                                                                    \
        hart_trap(hart, cause, value);                                                             \
        goto trapped;                                                                              \
    } while (0)

#define COMPUTE_OF(name, length, expression)                                                       \
    name:                                                                                          \
    SET(length, (uint64_t)(expression));                                                           \
    pass_##name : PASS(length, (uint64_t)(expression));
#define COMPUTE(name, expression)   COMPUTE_OF(name, 4, expression)
#define COMPUTE_C(name, expression) WITH_C(COMPUTE_OF, name, expression)

#define BRANCH_OF(name, length, condition)                                                         \
    name:                                                                                          \
    if (condition)                                                                                 \
        JUMP_BY_IMM();                                                                             \
    NEXT(length);
#define BRANCH(name, condition)   BRANCH_OF(name, 4, condition)
#define BRANCH_C(name, condition) WITH_C(BRANCH_OF, name, condition)

#define JAL(name, length, ...)                                                                     \
    name:                                                                                          \
    RD = PC + (length);                                                                            \
    JUMP_BY_IMM();

/* The target is read before rd, which may be rs1, is written. */
#define JALR(name, length, ...)                                                                    \
    name:                                                                                          \
    target = (RS1 + IMM) & ~1ull;                                                                  \
    RD = PC + (length);                                                                            \
    JUMP(target);

/* A hit in the TLB, or the slow path, which may trap. */
#define TLB_HIT(kind, type)                                                                        \
    (entry = &tlb->data[kind][gva >> PAGE_SHIFT & (TLB_SIZE - 1)],                                 \
     entry->tag == (gva & ~(uint64_t)(PAGE_SIZE - sizeof(type))))

#define LOAD_BY(END, name, length, type)                                                           \
    name:                                                                                          \
    gva = RS1 + IMM;                                                                               \
    if (TLB_HIT(ACCESS_READ, type))                                                                \
        END(length, (uint64_t)(*(const type *)(gva + entry->addend)));                             \
    SAVE();                                                                                        \
    outcome = mmu_load(hart, gva, sizeof(type), &value);                                           \
    if (outcome != DONE)                                                                           \
        goto failed;                                                                               \
    END(length, (uint64_t)(type)value);
#define LOAD_OF(name, length, type)                                                                \
    LOAD_BY(SET, name, length, type)                                                               \
    LOAD_BY(PASS, pass_##name, length, type)
#define LOAD(name, type)   LOAD_OF(name, 4, type)
#define LOAD_C(name, type) WITH_C(LOAD_OF, name, type)

#define STORE_OF(name, length, type)                                                               \
    name:                                                                                          \
    gva = RS1 + IMM;                                                                               \
    if (TLB_HIT(ACCESS_WRITE, type)) {                                                             \
        *(type *)(gva + entry->addend) = (type)RS2;                                                \
        NEXT(length);                                                                              \
    }                                                                                              \
    SAVE();                                                                                        \
    outcome = mmu_store(hart, gva, sizeof(type), RS2);                                             \
    if (outcome != DONE)                                                                           \
        goto failed;                                                                               \
    NEXT(length);
#define STORE(name, type)   STORE_OF(name, 4, type)
#define STORE_C(name, type) WITH_C(STORE_OF, name, type)

/* Loads and stores of floating-point registers: only while they are on. */
#define FLOAT_LOAD(name, length, type, box)                                                        \
    name:                                                                                          \
    if (!(hart->sstatus & SSTATUS_FS))                                                             \
        goto float_off;                                                                            \
    gva = RS1 + IMM;                                                                               \
    if (TLB_HIT(ACCESS_READ, type)) {                                                              \
        value = *(const type *)(gva + entry->addend);                                              \
    } else {                                                                                       \
        SAVE();                                                                                    \
        outcome = mmu_load(hart, gva, sizeof(type), &value);                                       \
        if (outcome != DONE)                                                                       \
            goto failed;                                                                           \
    }                                                                                              \
    FS2 = value | (box);                                                                           \
    hart->sstatus |= SSTATUS_FS;                                                                   \
    NEXT(length);

#define FLOAT_STORE(name, length, type)                                                            \
    name:                                                                                          \
    if (!(hart->sstatus & SSTATUS_FS))                                                             \
        goto float_off;                                                                            \
    gva = RS1 + IMM;                                                                               \
    if (TLB_HIT(ACCESS_WRITE, type)) {                                                             \
        *(type *)(gva + entry->addend) = (type)FS2;                                                \
        NEXT(length);                                                                              \
    }                                                                                              \
    SAVE();                                                                                        \
    outcome = mmu_store(hart, gva, sizeof(type), (type)FS2);                                       \
    if (outcome != DONE)                                                                           \
        goto failed;                                                                               \
    NEXT(length);

/* Read, modify, write: old is the value before, of a signed type. */
#define AMO(name, type, expression)                                                                \
    name : {                                                                                       \
        SAVE();                                                                                    \
        type *place = mmu_atomic(hart, RS1, sizeof(type), true, &outcome);                         \
        if (!place)                                                                                \
            goto failed;                                                                           \
        type old = *place, operand = (type)RS2;                                                    \
        *place = (type)(expression);                                                               \
        RD = (uint64_t)(int64_t)old;                                                               \
    }                                                                                              \
    NEXT(4);

#define AMO_BOTH(name, expression)                                                                 \
    AMO(name##_w, int32_t, expression)                                                             \
    AMO(name##_d, int64_t, expression)

#define UNSIGNED(value) (sizeof(value) == 4 ? (uint64_t)(uint32_t)(value) : (uint64_t)(value))

#define LOAD_RESERVED(name, type)                                                                  \
    name : {                                                                                       \
        SAVE();                                                                                    \
        const type *place = mmu_atomic(hart, RS1, sizeof(type), false, &outcome);                  \
        if (!place)                                                                                \
            goto failed;                                                                           \
        hart->reservation = place;                                                                 \
        RD = (uint64_t)(int64_t)*place;                                                            \
    }                                                                                              \
    NEXT(4);

#define STORE_CONDITIONAL(name, type)                                                              \
    name : {                                                                                       \
        SAVE();                                                                                    \
        type *place = mmu_atomic(hart, RS1, sizeof(type), true, &outcome);                         \
        if (!place)                                                                                \
            goto failed;                                                                           \
        bool stored = hart->reservation == place;                                                  \
        if (stored)                                                                                \
            *place = (type)RS2;                                                                    \
        hart->reservation = NULL;                                                                  \
        RD = !stored;                                                                              \
    }                                                                                              \
    NEXT(4);

/* Zicsr: with x0 as the source, or 0, csrrs and csrrc only read (chapter 9). */
#define CSR(name, writes, new_value)                                                               \
    name:                                                                                          \
    SAVE();                                                                                        \
    if (!csr_read(hart, (uint32_t)insn->imm >> 20, &value))                                        \
        goto illegal;                                                                              \
    if (writes) {                                                                                  \
        if (!csr_write(hart, (uint32_t)insn->imm >> 20, new_value))                                \
            goto illegal;                                                                          \
        RD = value;                                                                                \
        goto changed;                                                                              \
    }                                                                                              \
    RD = value;                                                                                    \
    NEXT(4);

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/* Division has no traps (unprivileged spec, table 7.1). */

static int64_t divide(int64_t a, int64_t b)
{
    if (b == 0)
        return -1;
    return a == INT64_MIN && b == -1 ? a : a / b;
}

static int64_t remainder_of(int64_t a, int64_t b)
{
    if (b == 0)
        return a;
    return b == -1 ? 0 : a % b;
}

static uint64_t divide_unsigned(uint64_t a, uint64_t b)
{
    return b ? a / b : UINT64_MAX;
}

static uint64_t remainder_unsigned(uint64_t a, uint64_t b)
{
    return b ? a % b : a;
}

/* The code at an offset in its page: four bytes, or the last two. */
static uint32_t bits_at(const struct code_page *code, uint64_t offset)
{
    uint32_t bits = 0;

    memcpy(&bits, code->bytes + offset, offset == PAGE_SIZE - 2 ? 2 : 4);
    return bits;
}

/*
 * Whether an instruction at an offset passes its rd on to the one behind it, in the same
 * page. A store to either of them undoes this (mmu.c, forget_stored).
 */
static bool passes_on(const struct code_page *code, uint64_t offset, unsigned length, unsigned rd)
{
    uint64_t next = offset + length;

    return next < PAGE_SIZE && decode(bits_at(code, next)).insn.rs1 == rd;
}

enum stop hart_execute(struct hart *hart)
{
    static const void *const handlers[OP_COUNT] = {
#define OP(name) &&name,
#include "ops.def"
    };
    static const void *const passing_handlers[OP_COUNT] = {
#define OP(name)      &&name,
#define VALUE(name)   &&pass_##name,
#define VALUE_C(name) &&pass_##name,
#include "ops.def"
    };
    static const void *const compressed_handlers[OP_COUNT] = {
#define OP(name)   &&illegal,
#define OP_C(name) &&c_##name,
#include "ops.def"
    };
    static const void *const passing_compressed_handlers[OP_COUNT] = {
#define OP(name)      &&illegal,
#define OP_C(name)    &&c_##name,
#define VALUE(name)   &&illegal,
#define VALUE_C(name) &&pass_c_##name,
#include "ops.def"
    };
    uint64_t *const x = hart->x;
    uint64_t rs1, steps, limit, bias, page_start, target, gva, value;
    const struct tlb_entry *entry;
    const struct fetch_entry *fetch;
    struct code_page *code;
    struct insn *insn;
    struct tlb *tlb;
    enum outcome outcome;
    uint32_t bits;
    _Alignas(16) struct insn single[3]; /* an instruction that is not cached, and two page_ends */
    const bool was_in_block = hart->in_block;

    hart->vm->handlers = handlers;
    hart->in_block = false;
    x[0] = 0;
    if (was_in_block) {
        steps = hart->steps;
        target = hart->pc;
        tlb = hart->tlb;
        goto enter;
    }

system_end: /* the block has ended, with all state in *hart */
    if (hart->steps >= hart->limit)
        return STOP_LIMIT;
    hart_take_interrupt(hart);
trapped:
    steps = hart->steps;
    target = hart->pc;
    tlb = hart->tlb;
far_jump: /* to target, perhaps in another page */
    limit = hart->limit;
    if (steps >= limit) {
        hart->pc = target;
        hart->steps = steps;
        return STOP_LIMIT;
    }
enter:
    limit = hart->limit;
    fetch = &tlb->fetch[target >> PAGE_SHIFT & (TLB_SIZE - 1)];
    code = fetch->code;
    if (fetch->tag != (target & ~(uint64_t)(PAGE_SIZE - 1))) {
        hart->pc = target;
        hart->steps = steps;
        outcome = mmu_fetch_page(hart, target, &code);
        if (outcome != DONE)
            goto failed;
        tlb = hart->tlb; /* another one, if all code had to be forgotten */
    }
    page_start = target & ~(uint64_t)(PAGE_SIZE - 1);
    insn = code->insns + (target - page_start) / 2;
    bias = page_start - ((uintptr_t)code->insns >> 3);
    if (hart->single_step && insn->handler != handlers[OP_undecoded]) {
        single[0] = *insn;
        goto execute_single;
    }
    ENTER();

execute_single: /* the instruction of PC, then page_end or, after a jump, far_jump */
    limit = 0;
    bias = PC - ((uintptr_t)single >> 3);
    insn = single;
    single[1].handler = single[2].handler = handlers[OP_page_end];
    ENTER();

failed: /* hart->pc is that of the instruction */
    if (outcome == NO_RAM)
        return STOP_ACCESS;
    if (outcome == NO_HANDLER)
        return STOP_NO_HANDLER;
    if (outcome == WATCHED) {
        hart->in_block = was_in_block || !hart->single_step;
        return STOP_WATCHPOINT;
    }
    goto trapped;

changed: /* a CSR or the like: interrupts may be on now, translations other ones */
    hart->pc = PC + 4;
    hart->steps = steps + 1;
    goto system_end;

    /* What is no instruction */

undecoded : {
    uint64_t offset = (uint64_t)(insn - code->insns) * 2;
    const void *const *from;
    bool split, watched = false;

    if (hart->vm->breakpoint_count > 0) {
        SAVE();
        if (breakpoint_stops(hart, PC)) {
            hart->in_block = was_in_block || !hart->single_step;
            return STOP_BREAKPOINT;
        }
        watched = breakpoint_may_be_at(hart->vm, offset);
    }
    bits = bits_at(code, offset);
    split = !is_compressed(bits) && offset == PAGE_SIZE - 2;
    if (split) {
        SAVE();
        outcome = mmu_fetch_insn(hart, PC, &bits);
        if (outcome != DONE)
            goto failed;
    }
    struct decoded decoded = decode(bits);

    if (is_compressed(bits))
        from = passes_on(code, offset, 2, decoded.insn.rd) ? passing_compressed_handlers
                                                           : compressed_handlers;
    else
        from = passes_on(code, offset, 4, decoded.insn.rd) ? passing_handlers : handlers;
    decoded.insn.handler = from[decoded.op];
    single[0] = decoded.insn;
    /* Not kept, since the page behind it may change, or since its place has to be come by. */
    if (!split && !watched)
        *insn = decoded.insn;
    if (split || watched || hart->single_step)
        goto execute_single;
    ENTER();
}
page_end:
    target = PC;
    if (insn < single || insn > &single[2] || target - page_start >= PAGE_SIZE)
        goto far_jump;
    if (!hart->single_step) /* the block continues after an instruction that is not cached */
        goto enter;
    hart->pc = target;
    hart->steps = steps;
    hart->in_block = true;
    return STOP_LIMIT;
jumped_out: /* of the page, or with the limit reached */
    target = PC;
    goto far_jump;
illegal:
    TRAP(TRAP_ILLEGAL, (uint32_t)insn->imm);

float_off: /* what stval shows of it is not kept decoded */
    SAVE();
    outcome = mmu_fetch_insn(hart, PC, &bits);
    if (outcome != DONE)
        goto failed;
    TRAP(TRAP_ILLEGAL, bits);

    /* RV64I */
    COMPUTE_C(lui, IMM)
    COMPUTE(auipc, PC + IMM)
    COMPUTE_C(addi, RS1 + IMM)
    COMPUTE(slti, (int64_t)RS1 < (int64_t)IMM)
    COMPUTE(sltiu, RS1 < IMM)
    COMPUTE(xori, RS1 ^ IMM)
    COMPUTE(ori, RS1 | IMM)
    COMPUTE_C(andi, RS1 & IMM)
    COMPUTE_C(slli, RS1 << insn->imm)
    COMPUTE_C(srli, RS1 >> insn->imm)
    COMPUTE_C(srai, (int64_t)RS1 >> insn->imm)
    COMPUTE_C(add, RS1 + RS2)
    COMPUTE_C(sub, RS1 - RS2)
    COMPUTE(sll, RS1 << (RS2 & 63))
    COMPUTE(slt, (int64_t)RS1 < (int64_t)RS2)
    COMPUTE(sltu, RS1 < RS2)
    COMPUTE_C(xor, RS1 ^ RS2)
    COMPUTE(srl, RS1 >> (RS2 & 63))
    COMPUTE(sra, (int64_t)RS1 >> (RS2 & 63))
    COMPUTE_C(or, RS1 | RS2)
    COMPUTE_C(and, RS1 & RS2)
    COMPUTE_C(addiw, (int64_t)(int32_t)(RS1 + IMM))
    COMPUTE(slliw, (int64_t)(int32_t)((uint32_t)RS1 << insn->imm))
    COMPUTE(srliw, (int64_t)(int32_t)((uint32_t)RS1 >> insn->imm))
    COMPUTE(sraiw, (int64_t)((int32_t)RS1 >> insn->imm))
    COMPUTE_C(addw, (int64_t)(int32_t)(RS1 + RS2))
    COMPUTE_C(subw, (int64_t)(int32_t)(RS1 - RS2))
    COMPUTE(sllw, (int64_t)(int32_t)((uint32_t)RS1 << (RS2 & 31)))
    COMPUTE(srlw, (int64_t)(int32_t)((uint32_t)RS1 >> (RS2 & 31)))
    COMPUTE(sraw, (int64_t)((int32_t)RS1 >> (RS2 & 31)))
    LOAD(lb, int8_t)
    LOAD(lh, int16_t)
    LOAD_C(lw, int32_t)
    LOAD_C(ld, uint64_t)
    LOAD(lbu, uint8_t)
    LOAD(lhu, uint16_t)
    LOAD(lwu, uint32_t)
    STORE(sb, uint8_t)
    STORE(sh, uint16_t)
    STORE_C(sw, uint32_t)
    STORE_C(sd, uint64_t)
    BRANCH_C(beq, RS1 == RS2)
    BRANCH_C(bne, RS1 != RS2)
    BRANCH(blt, (int64_t)RS1 < (int64_t)RS2)
    BRANCH(bge, (int64_t)RS1 >= (int64_t)RS2)
    BRANCH(bltu, RS1 < RS2)
    BRANCH(bgeu, RS1 >= RS2)
    WITH_C(JAL, jal)
    WITH_C(JALR, jalr)
fence:   /* all harts in one thread: all is in order */
fence_i: /* and each store into decoded code was seen */
    NEXT(4);
ecall:
    if (hart->mode == MODE_U)
        TRAP(TRAP_ECALL_U, 0);
    hart->pc = PC; /* soft.c goes on behind it, with the result */
    hart->steps = steps + 1;
    hart->traps++; /* ecall does not retire (privileged spec, 3.3.1) */
    return STOP_ECALL;
ebreak:
c_ebreak:
    TRAP(TRAP_BREAKPOINT, PC);

    /* M */
    COMPUTE(mul, RS1 * RS2)
    COMPUTE(mulh, (int128)(int64_t)RS1 * (int64_t)RS2 >> 64)
    COMPUTE(mulhsu, (int128)(int64_t)RS1 * (int128)RS2 >> 64)
    COMPUTE(mulhu, (uint128)RS1 * RS2 >> 64)
    COMPUTE(div, divide((int64_t)RS1, (int64_t)RS2))
    COMPUTE(divu, divide_unsigned(RS1, RS2))
    COMPUTE(rem, remainder_of((int64_t)RS1, (int64_t)RS2))
    COMPUTE(remu, remainder_unsigned(RS1, RS2))
    COMPUTE(mulw, (int64_t)(int32_t)((uint32_t)RS1 * (uint32_t)RS2))
    COMPUTE(divw, (int64_t)(int32_t)divide((int32_t)RS1, (int32_t)RS2))
    COMPUTE(divuw, (int64_t)(int32_t)divide_unsigned((uint32_t)RS1, (uint32_t)RS2))
    COMPUTE(remw, (int64_t)(int32_t)remainder_of((int32_t)RS1, (int32_t)RS2))
    COMPUTE(remuw, (int64_t)(int32_t)remainder_unsigned((uint32_t)RS1, (uint32_t)RS2))

    /* A */
    LOAD_RESERVED(lr_w, int32_t)
    LOAD_RESERVED(lr_d, int64_t)
    STORE_CONDITIONAL(sc_w, int32_t)
    STORE_CONDITIONAL(sc_d, int64_t)
    AMO_BOTH(amoswap, operand)
    AMO_BOTH(amoadd, (uint64_t)old + (uint64_t)operand)
    AMO_BOTH(amoxor, old ^ operand)
    AMO_BOTH(amoand, old & operand)
    AMO_BOTH(amoor, old | operand)
    AMO_BOTH(amomin, old < operand ? old : operand)
    AMO_BOTH(amomax, old > operand ? old : operand)
    AMO_BOTH(amominu, UNSIGNED(old) < UNSIGNED(operand) ? old : operand)
    AMO_BOTH(amomaxu, UNSIGNED(old) > UNSIGNED(operand) ? old : operand)

    /* Zicsr */
    CSR(csrrw, true, RS1)
    CSR(csrrs, insn->rs1 != 0, value | RS1)
    CSR(csrrc, insn->rs1 != 0, value & ~RS1)
    CSR(csrrwi, true, insn->rs1)
    CSR(csrrsi, insn->rs1 != 0, value | insn->rs1)
    CSR(csrrci, insn->rs1 != 0, value & ~(uint64_t)insn->rs1)

    /* F and D */
    FLOAT_LOAD(flw, 4, uint32_t, FLOAT_BOX)
    WITH_C(FLOAT_LOAD, fld, uint64_t, 0)
    FLOAT_STORE(fsw, 4, uint32_t)
    WITH_C(FLOAT_STORE, fsd, uint64_t)
compute_float:
    if (!hart_compute_float(hart, (uint32_t)insn->imm))
        goto illegal;
    NEXT(4);

    /* Privileged spec, 3.3 and 4.2 */
sret:
    if (hart->mode != MODE_S)
        goto illegal;
    hart->steps = steps + 1;
    hart_sret(hart);
    goto system_end;
wfi:
    if (hart->mode != MODE_S) /* in U-mode: allowed to trap, and does so under KVM */
        goto illegal;
    hart->pc = PC + 4;
    hart->steps = steps + 1;
    if (hart_wakes(hart))
        goto system_end;
    return STOP_WFI;
sfence_vma:
    if (hart->mode != MODE_S)
        goto illegal;
    mmu_flush(hart, insn->rs2 ? RS2 & 0xffff : ASID_ANY);
    goto changed;
}
