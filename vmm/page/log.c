/* SPDX-License-Identifier: MIT */
/*
 * What happened in the run, up to its head. A run that repeats notes the same again: so an entry's
 * place is its number, and only what is new is added. All of it has a limit, because a hostile
 * guest makes as many exits and as much output as it can.
 */
#include "page.h"

#include "core/hypercall.h"
#include "image/explain.h"
#include "image/symbols.h"

#include <stdlib.h>
#include <string.h>

struct entry *log_entry(const struct log *log, uint64_t number)
{
    if (number == 0 || number > log->count)
        return NULL;
    return &log->chunks[(number - 1) / LOG_CHUNK][(number - 1) % LOG_CHUNK];
}

/* Returns a new entry, the one after the last; NULL: no more are kept. */
static struct entry *add(struct log *log)
{
    struct entry **chunk = &log->chunks[log->count / LOG_CHUNK % LOG_CHUNKS];

    if (log->count == LOG_CHUNK * LOG_CHUNKS)
        return NULL;
    if (!*chunk)
        *chunk = calloc(LOG_CHUNK, sizeof(**chunk));
    if (!*chunk)
        return NULL;
    log->count++;
    return log_entry(log, log->count);
}

/* Returns an address in the author's code that has led to an exit; 0: none is known. */
static uint64_t author_of(const struct vcpu *vcpu, uint64_t pc)
{
    const struct symbols *symbols = image_symbols(vcpu->vm->image);
    uint64_t callers[EXPLAIN_CALLERS];
    unsigned count;

    if (symbols_is_author(symbols, pc))
        return pc;
    count = explain_callers(vcpu, pc, callers);
    for (unsigned i = 0; i < count; i++)
        if (symbols_is_author(symbols, callers[i] - 1))
            return callers[i] - 1;
    return 0;
}

static void fill(struct entry *entry, struct vcpu *vcpu)
{
    const struct vm_exit *exit = &vcpu->exit;
    const struct access *access = &exit->access;

    *entry = (struct entry){
        .insns = vcpu->vm->insn_count,
        .time = page_time(vcpu),
        .pc = vcpu_exit_pc(vcpu),
        .kind = (uint8_t)exit->kind,
        .vcpu = (uint8_t)vcpu->id,
    };
    if (exit->kind == EXIT_HYPERCALL) {
        entry->eid = exit->hypercall.eid;
        entry->fid = exit->hypercall.fid;
        memcpy(entry->args, exit->hypercall.args, sizeof(entry->args));
    } else if (exit->kind == EXIT_MMIO || exit->kind == EXIT_PIO) {
        entry->args[0] = access->address;
        entry->args[1] = access->value;
        entry->args[2] = access->size;
        entry->args[3] = access->write;
    } else if (exit->kind == EXIT_FAILED) {
        snprintf(page.log.failure, sizeof(page.log.failure), "%s", exit->reason);
    }
}

void log_exit(struct log *log, struct vcpu *vcpu)
{
    const uint64_t number = vcpu->exit_number;
    struct entry *entry = number == log->count + 1 ? add(log) : NULL;

    if (!entry)
        return; /* made again, or one too many */
    fill(entry, vcpu);
    if (number <= AUTHORS)
        entry->author = author_of(vcpu, entry->pc);
}

void log_result(struct log *log, const struct vcpu *vcpu)
{
    struct entry *entry = log_entry(log, vcpu->exit_number);
    const struct vm_exit *exit = &vcpu->exit;
    const bool asleep = vcpu->waiting && !vcpu->vm->stopped;

    if (!entry || entry->handled)
        return;
    entry->waited |= asleep;
    entry->output = (uint32_t)log->output_total;
    entry->handled_insns = vcpu->vm->insn_count;
    entry->handled_at = page_time((struct vcpu *)vcpu);
    entry->handled = !asleep;
    entry->last = vcpu->vm->stopped;
    if (exit->kind == EXIT_HYPERCALL) {
        entry->error = (int16_t)exit->hypercall.ret.error;
        entry->value =
            exit->hypercall.legacy ? exit->hypercall.ret.error : exit->hypercall.ret.value;
    } else if (exit->kind == EXIT_MMIO || exit->kind == EXIT_PIO) {
        entry->args[1] = exit->access.value;
    }
}

/* ---- Turns ---- */

static struct turn *last_turn(const struct log *log)
{
    return log->turn_count ? &log->turns[log->turn_count - 1] : NULL;
}

static struct turn *add_turn(struct log *log)
{
    if (log->turn_count == log->turn_room) {
        const uint64_t room = log->turn_room ? 2 * log->turn_room : 256;
        struct turn *turns =
            room > TURNS_MAX ? NULL : realloc(log->turns, (size_t)room * sizeof(*turns));

        if (!turns)
            return NULL;
        log->turns = turns;
        log->turn_room = room;
    }
    return &log->turns[log->turn_count++];
}

void log_entry_to(struct log *log, struct vcpu *vcpu)
{
    const uint64_t insns = vcpu->vm->insn_count, time = page_time(vcpu);
    struct turn *turn = last_turn(log);

    if (turn && (insns < turn->end_insns || time < turn->end_time))
        return; /* made again */
    if (turn && turn->vcpu == vcpu->id && turn->end_insns == insns && turn->end_time == time)
        return; /* it goes on */
    turn = add_turn(log);
    if (turn)
        *turn = (struct turn){insns, insns, time, time, vcpu->id};
}

void log_return(struct log *log, struct vcpu *vcpu)
{
    const uint64_t insns = vcpu->vm->insn_count;
    struct turn *turn = last_turn(log);

    if (!turn || turn->vcpu != vcpu->id || insns <= turn->end_insns)
        return;
    turn->end_insns = insns;
    turn->end_time = page_time(vcpu);
}

/* ---- Output ---- */

void log_output(struct log *log, const void *bytes, size_t size)
{
    uint64_t kept = OUTPUT_MAX - log->output_size, needed;

    log->output_total += size;
    kept = kept < size ? kept : size;
    needed = log->output_size + kept;
    if (needed > log->output_room) {
        const uint64_t room = needed > 2048 ? 2 * needed : 4096;
        uint8_t *output = realloc(log->output, (size_t)room);

        if (!output)
            return;
        log->output = output;
        log->output_room = room;
    }
    memcpy(log->output + log->output_size, bytes, (size_t)kept);
    log->output_size = needed;
}

uint64_t log_before(const struct log *log, position_t position)
{
    uint64_t low = 0, high = log->count;

    while (low < high) { /* the entries up to low are before it */
        const uint64_t middle = low + (high - low + 1) / 2;

        if (position_of(log_entry(log, middle)->insns, true) < position)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}
