/* SPDX-License-Identifier: MIT */
/*
 * Evaluates the conditions of breakpoints, so that gdb hears only of the hits that stop. gdb sends
 * each as bytecode for a stack machine (gdb manual, appendix "Agent Expressions"). If one cannot be
 * evaluated the guest stops, and gdb evaluates it itself.
 */
#include "gdb.h"

#include <string.h>

#define STACK_MAX 32
#define STEPS_MAX 4096 /* bytecode may have loops */

enum op {
    OP_ADD = 0x02,
    OP_SUB,
    OP_MUL,
    OP_DIV_SIGNED,
    OP_DIV_UNSIGNED,
    OP_REM_SIGNED,
    OP_REM_UNSIGNED,
    OP_LSH,
    OP_RSH_SIGNED,
    OP_RSH_UNSIGNED,
    OP_LOG_NOT = 0x0e,
    OP_BIT_AND,
    OP_BIT_OR,
    OP_BIT_XOR,
    OP_BIT_NOT,
    OP_EQUAL,
    OP_LESS_SIGNED,
    OP_LESS_UNSIGNED,
    OP_EXT,
    OP_REF8,
    OP_REF16,
    OP_REF32,
    OP_REF64,
    OP_IF_GOTO = 0x20,
    OP_GOTO,
    OP_CONST8,
    OP_CONST16,
    OP_CONST32,
    OP_CONST64,
    OP_REG,
    OP_END,
    OP_DUP,
    OP_POP,
    OP_ZERO_EXT,
    OP_SWAP,
    OP_PICK = 0x32,
    OP_ROT,
};

/* An evaluation. */
struct machine {
    struct debugger *debugger;
    struct vcpu *vcpu;
    const uint8_t *code;
    size_t size, at; /* bytes of code; index of the next one */
    uint64_t stack[STACK_MAX];
    size_t depth;
    bool failed;
};

static void push(struct machine *machine, uint64_t value)
{
    if (machine->depth == STACK_MAX)
        machine->failed = true;
    else
        machine->stack[machine->depth++] = value;
}

static uint64_t pop(struct machine *machine)
{
    if (machine->depth > 0)
        return machine->stack[--machine->depth];
    machine->failed = true;
    return 0;
}

/* Reads an operand, whose first byte is the highest. */
static uint64_t operand(struct machine *machine, size_t size)
{
    uint64_t value = 0;

    for (; size > 0 && machine->at < machine->size; size--)
        value = value << 8 | machine->code[machine->at++];
    machine->failed |= size > 0;
    return value;
}

static void push_memory(struct machine *machine, size_t size)
{
    uint64_t value = 0, address = pop(machine);

    machine->failed |=
        memory_read(machine->debugger, machine->vcpu, address, (uint8_t *)&value, size) != size;
    push(machine, value);
}

static void push_register(struct machine *machine, uint64_t number)
{
    size_t offset, size = registers_find(machine->debugger, number, &offset);
    uint64_t value = 0;

    if (size > 0 && size <= sizeof(value) && registers_read(machine->debugger, machine->vcpu))
        memcpy(&value, machine->debugger->registers + offset, size);
    else
        machine->failed = true;
    push(machine, value);
}

static uint64_t shift_signed(uint64_t value, uint64_t count)
{
    return (int64_t)value < 0 ? ~(~value >> count) : value >> count;
}

static uint64_t extend(uint64_t value, uint64_t bits, bool is_signed)
{
    const unsigned unused = bits > 0 && bits < 64 ? (unsigned)(64 - bits) : 0;

    value <<= unused;
    return is_signed ? shift_signed(value, unused) : value >> unused;
}

static uint64_t divide(struct machine *machine, enum op op, uint64_t a, uint64_t b)
{
    const bool is_signed = op == OP_DIV_SIGNED || op == OP_REM_SIGNED;
    const bool remainder = op == OP_REM_SIGNED || op == OP_REM_UNSIGNED;

    if (b == 0 || (is_signed && a == (uint64_t)INT64_MIN && b == UINT64_MAX)) {
        machine->failed = true;
        return 0;
    }
    if (is_signed)
        return (uint64_t)(remainder ? (int64_t)a % (int64_t)b : (int64_t)a / (int64_t)b);
    return remainder ? a % b : a / b;
}

/* Executes an operation on the two values at the top. */
static void execute_binary(struct machine *machine, enum op op)
{
    const uint64_t b = pop(machine), a = pop(machine);

    switch (op) {
    case OP_ADD:
        push(machine, a + b);
        return;
    case OP_SUB:
        push(machine, a - b);
        return;
    case OP_MUL:
        push(machine, a * b);
        return;
    case OP_LSH:
        push(machine, b < 64 ? a << b : 0);
        return;
    case OP_RSH_SIGNED:
        push(machine, shift_signed(a, b < 64 ? b : 63));
        return;
    case OP_RSH_UNSIGNED:
        push(machine, b < 64 ? a >> b : 0);
        return;
    case OP_BIT_AND:
        push(machine, a & b);
        return;
    case OP_BIT_OR:
        push(machine, a | b);
        return;
    case OP_BIT_XOR:
        push(machine, a ^ b);
        return;
    case OP_EQUAL:
        push(machine, a == b);
        return;
    case OP_LESS_SIGNED:
        push(machine, (int64_t)a < (int64_t)b);
        return;
    case OP_LESS_UNSIGNED:
        push(machine, a < b);
        return;
    default:
        push(machine, divide(machine, op, a, b));
    }
}

/* Moves one of the values at the top: the value `from` below it, over those in between. */
static void rotate(struct machine *machine, size_t from)
{
    uint64_t *value, moved;

    if (machine->depth <= from) {
        machine->failed = true;
        return;
    }
    value = &machine->stack[machine->depth - 1 - from];
    moved = *value;
    memmove(value, value + 1, from * sizeof(*value));
    value[from] = moved;
}

static void jump(struct machine *machine, bool taken)
{
    const uint64_t to = operand(machine, 2);

    machine->at = taken ? to : machine->at;
}

static void execute(struct machine *machine, enum op op)
{
    uint64_t number;

    switch (op) {
    case OP_LOG_NOT:
        push(machine, !pop(machine));
        return;
    case OP_BIT_NOT:
        push(machine, ~pop(machine));
        return;
    case OP_EXT:
    case OP_ZERO_EXT:
        number = operand(machine, 1);
        push(machine, extend(pop(machine), number, op == OP_EXT));
        return;
    case OP_REF8:
    case OP_REF16:
    case OP_REF32:
    case OP_REF64:
        push_memory(machine, (size_t)1 << (op - OP_REF8));
        return;
    case OP_IF_GOTO:
        jump(machine, pop(machine) != 0);
        return;
    case OP_GOTO:
        jump(machine, true);
        return;
    case OP_CONST8:
    case OP_CONST16:
    case OP_CONST32:
    case OP_CONST64:
        push(machine, operand(machine, (size_t)1 << (op - OP_CONST8)));
        return;
    case OP_REG:
        push_register(machine, operand(machine, 2));
        return;
    case OP_DUP:
        number = pop(machine);
        push(machine, number);
        push(machine, number);
        return;
    case OP_POP:
        pop(machine);
        return;
    case OP_SWAP:
        rotate(machine, 1);
        return;
    case OP_PICK:
        number = operand(machine, 1);
        machine->failed |= number >= machine->depth;
        push(machine, machine->failed ? 0 : machine->stack[machine->depth - 1 - number]);
        return;
    case OP_ROT: /* the top goes below the two others */
        rotate(machine, 2);
        rotate(machine, 2);
        return;
    default:
        if (op < OP_ADD || op > OP_LESS_UNSIGNED || (op > OP_RSH_UNSIGNED && op < OP_LOG_NOT))
            machine->failed = true;
        else
            execute_binary(machine, op);
    }
}

/* Evaluates one condition. Returns true also if that fails. */
static bool is_true(struct debugger *debugger, struct vcpu *vcpu, const uint8_t *code, size_t size)
{
    struct machine machine = {.debugger = debugger, .vcpu = vcpu, .code = code, .size = size};

    for (unsigned step = 0; step < STEPS_MAX && !machine.failed; step++) {
        const uint64_t op = operand(&machine, 1);

        if (op == OP_END)
            return pop(&machine) != 0 || machine.failed;
        execute(&machine, (enum op)op);
    }
    return true;
}

bool conditions_take(const char **at, struct conditions *conditions)
{
    conditions->size = 0;
    if (!take_char(at, ';'))
        return **at == '\0';
    while (take_char(at, 'X')) {
        uint64_t size;

        if (!take_hex(at, &size) || !take_char(at, ',') || size > UINT8_MAX ||
            size >= sizeof(conditions->bytes) - conditions->size ||
            !take_bytes(at, conditions->bytes + conditions->size + 1, size))
            return false;
        conditions->bytes[conditions->size] = (uint8_t)size;
        conditions->size += 1 + size;
    }
    return **at == '\0';
}

bool conditions_stop(struct debugger *debugger, struct vcpu *vcpu,
                     const struct conditions *conditions)
{
    bool stop = conditions->size == 0;

    for (size_t at = 0; at < conditions->size && !stop; at += 1 + conditions->bytes[at])
        stop = is_true(debugger, vcpu, conditions->bytes + at + 1, conditions->bytes[at]);
    return stop;
}
