#include "journal.h"

#include "core/platform.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum entry_kind {
    ENTRY_STATE, /* a vCPU was told the state of the input */
    ENTRY_READ,  /* a vCPU has read bytes */
    ENTRY_TIMER, /* while all slept, a timer came before any input */
};

struct entry {
    enum entry_kind kind;
    unsigned vcpu;
    unsigned state; /* ENTRY_STATE, and after how many instructions */
    uint64_t insns;
    size_t size; /* ENTRY_READ: bytes */
    uint8_t *bytes;
};

struct journal {
    struct entry *entries;
    size_t count, room;
    size_t position; /* the first one that has not been repeated */
    uint8_t *again;  /* what was read in a past that is no more: it is read again, first of all */
    size_t again_size, again_at;
    bool closed; /* the host is not asked */
    FILE *record;
};

struct journal *journal_create(FILE *record)
{
    struct journal *journal = calloc(1, sizeof(*journal));

    if (journal)
        journal->record = record;
    return journal;
}

static void forget_from(struct journal *journal, size_t position)
{
    while (journal->count > position)
        free(journal->entries[--journal->count].bytes);
}

void journal_free(struct journal *journal)
{
    if (!journal)
        return;
    forget_from(journal, 0);
    if (journal->record)
        fclose(journal->record);
    free(journal->again);
    free(journal->entries);
    free(journal);
}

/* Takes over entry.bytes. Returns false without memory. */
static bool add(struct journal *journal, struct entry entry)
{
    if (!journal->entries || journal->count == journal->room) {
        size_t room = journal->room ? 2 * journal->room : 64;
        struct entry *entries = realloc(journal->entries, room * sizeof(*entries));

        if (!entries)
            return false;
        journal->entries = entries;
        journal->room = room;
    }
    journal->entries[journal->count++] = entry;
    return true;
}

static void write_entry(FILE *out, const struct entry *entry)
{
    switch (entry->kind) {
    case ENTRY_STATE:
        fprintf(out, "state %u %u %" PRIu64 "\n", entry->vcpu, entry->state, entry->insns);
        return;
    case ENTRY_TIMER:
        fprintf(out, "timer\n");
        return;
    case ENTRY_READ:
        fprintf(out, "read %u ", entry->vcpu);
        for (size_t i = 0; entry->bytes && i < entry->size; i++)
            fprintf(out, "%02x", entry->bytes[i]);
        fprintf(out, "\n");
        return;
    }
}

/* Something new has happened. */
static void append(struct vm *vm, struct entry entry)
{
    struct journal *journal = vm->journal;

    if (!add(journal, entry)) {
        free(entry.bytes);
        vm_stop(vm, fail(STATUS_HOST, "out of memory for what the guest reads"));
        return;
    }
    journal->position = journal->count;
    if (journal->record)
        write_entry(journal->record, &journal->entries[journal->count - 1]);
}

/* Bytes to read back from what write_entry has written; NULL without memory. */
static uint8_t *copy(const void *bytes, size_t size)
{
    uint8_t *new = malloc(size + 1); /* 1: never 0 */

    if (new &&size > 0)
        memcpy(new, bytes, size);
    return new;
}

/* The next entry to be repeated, or NULL: what comes now is new. */
static const struct entry *next_entry(const struct vm *vm)
{
    const struct journal *journal = vm->journal;

    return journal && journal->position < journal->count ? &journal->entries[journal->position]
                                                         : NULL;
}

static bool has_again(const struct journal *journal)
{
    return journal && journal->again_at < journal->again_size;
}

static size_t read_again(struct journal *journal, void *buffer, size_t size)
{
    size_t left = journal->again_size - journal->again_at;

    size = size < left ? size : left;
    memcpy(buffer, journal->again + journal->again_at, size);
    journal->again_at += size;
    return size;
}

/* A closed journal whose entries are used up. */
static bool is_over(struct vm *vm)
{
    if (!vm->journal || !vm->journal->closed)
        return false;
    vm_stop(vm, fail(STATUS_REPLAY, "--replay: the recording ends here: what the guest waits for "
                                    "did not come any more"));
    return true;
}

static void diverged(struct vm *vm)
{
    vm_stop(vm, fail(STATUS_REPLAY, "the run cannot be repeated from here: the guest does not ask "
                                    "for the input that it asked for before"));
}

unsigned journal_input_state(struct vcpu *vcpu)
{
    const struct entry *entry = next_entry(vcpu->vm);

    if (!entry && has_again(vcpu->vm->journal))
        return (host_input_state() & LAB_EVENT_TTY) | LAB_EVENT_INPUT;
    if (!entry)
        return is_over(vcpu->vm) ? 0 : host_input_state();
    if (entry->kind != ENTRY_STATE || entry->vcpu != vcpu->id ||
        vcpu->vm->insn_count < entry->insns)
        return 0; /* it was not seen yet */
    return entry->state;
}

void journal_input_seen(struct vcpu *vcpu, unsigned state)
{
    const struct entry *entry = next_entry(vcpu->vm);

    if (!vcpu->vm->journal)
        return;
    if (!entry)
        append(vcpu->vm, (struct entry){.kind = ENTRY_STATE,
                                        .vcpu = vcpu->id,
                                        .state = state,
                                        .insns = vcpu->vm->insn_count});
    else if (entry->kind == ENTRY_STATE && entry->vcpu == vcpu->id)
        vcpu->vm->journal->position++;
    else
        diverged(vcpu->vm);
}

size_t journal_input_read(struct vcpu *vcpu, void *buffer, size_t size)
{
    const struct entry *entry = next_entry(vcpu->vm);

    if (!entry && !has_again(vcpu->vm->journal) && is_over(vcpu->vm))
        return 0;
    if (!entry) {
        size = has_again(vcpu->vm->journal) ? read_again(vcpu->vm->journal, buffer, size)
                                            : host_input_read(buffer, size);
        if (vcpu->vm->journal)
            append(vcpu->vm, (struct entry){.kind = ENTRY_READ,
                                            .vcpu = vcpu->id,
                                            .size = size,
                                            .bytes = copy(buffer, size)});
        return size;
    }
    if (entry->kind != ENTRY_READ || entry->vcpu != vcpu->id || entry->size > size) {
        diverged(vcpu->vm);
        return 0;
    }
    if (entry->size > 0)
        memcpy(buffer, entry->bytes, entry->size);
    vcpu->vm->journal->position++;
    return entry->size;
}

enum early journal_who_is_early(struct vm *vm)
{
    const struct entry *entry = next_entry(vm);

    if (!entry && has_again(vm->journal))
        return EARLY_INPUT;
    if (!entry)
        return is_over(vm) ? EARLY_INPUT : EARLY_UNKNOWN;
    return entry->kind == ENTRY_TIMER ? EARLY_TIMER : EARLY_INPUT;
}

void journal_timer_came(struct vm *vm)
{
    if (next_entry(vm))
        vm->journal->position++;
    else if (vm->journal)
        append(vm, (struct entry){.kind = ENTRY_TIMER});
}

size_t journal_position(const struct journal *journal)
{
    return journal ? journal->position : 0;
}

void journal_go_back(struct journal *journal, size_t position)
{
    if (journal)
        journal->position = position;
}

/* Keeps what the entries behind the position have read, before what is kept already. */
static void keep_input(struct journal *journal)
{
    size_t size = journal->again_size - journal->again_at, at = 0;
    uint8_t *bytes;

    for (size_t i = journal->position; i < journal->count; i++)
        size += journal->entries[i].size;
    bytes = malloc(size + 1);
    for (size_t i = journal->position; bytes && i < journal->count; i++) {
        const struct entry *entry = &journal->entries[i];

        if (entry->size > 0)
            memcpy(bytes + at, entry->bytes, entry->size);
        at += entry->size;
    }
    if (!bytes)
        return; /* without memory it is lost */
    if (has_again(journal))
        memcpy(bytes + at, journal->again + journal->again_at, size - at);
    free(journal->again);
    journal->again = bytes;
    journal->again_size = size;
    journal->again_at = 0;
}

void journal_cut(struct journal *journal)
{
    if (!journal)
        return;
    keep_input(journal);
    forget_from(journal, journal->position);
    if (!journal->record)
        return;
    journal_note(journal, "cut %zu", journal->position);
    fprintf(stderr, "labvisor: --record: gdb has changed the guest: the recording does not repeat "
                    "what comes now\n");
}

long journal_from_hex(char *text)
{
    uint8_t *bytes = (uint8_t *)text;
    long count = 0;

    for (; isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]); text += 2) {
        char digits[] = {text[0], text[1], '\0'};

        bytes[count++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return *text ? -1 : count;
}

bool journal_take_word(char **at, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

bool journal_take_number(char **at, int base, uint64_t *number)
{
    *at += **at == ' ';
    if (!isxdigit((unsigned char)**at))
        return false;
    errno = 0;
    *number = strtoull(*at, at, base);
    return errno == 0;
}

/* "VCPU STATE INSNS" */
static bool take_state(char **at, struct entry *entry)
{
    uint64_t vcpu, state;

    if (!journal_take_number(at, 10, &vcpu) || !journal_take_number(at, 10, &state) ||
        !journal_take_number(at, 10, &entry->insns) || **at)
        return false;
    entry->kind = ENTRY_STATE;
    entry->vcpu = (unsigned)vcpu;
    entry->state = (unsigned)state;
    return true;
}

/* "VCPU BYTES" */
static bool take_read(char **at, struct entry *entry)
{
    uint64_t vcpu;
    long size;

    if (!journal_take_number(at, 10, &vcpu) || *(*at)++ != ' ')
        return false;
    size = journal_from_hex(*at);
    entry->kind = ENTRY_READ;
    entry->vcpu = (unsigned)vcpu;
    entry->size = size > 0 ? (size_t)size : 0;
    entry->bytes = size >= 0 ? copy(*at, entry->size) : NULL;
    return entry->bytes != NULL;
}

bool journal_read_line(struct journal *journal, char *line)
{
    struct entry entry = {.kind = ENTRY_TIMER};
    uint64_t position;
    bool good;

    if (journal_take_word(&line, "cut")) {
        if (!journal_take_number(&line, 10, &position) || *line)
            return false;
        forget_from(journal, position);
        return true;
    }
    if (journal_take_word(&line, "state"))
        good = take_state(&line, &entry);
    else if (journal_take_word(&line, "read"))
        good = take_read(&line, &entry);
    else
        good = strcmp(line, "timer") == 0;
    if (good && add(journal, entry))
        return true;
    free(entry.bytes);
    return false;
}

void journal_close(struct journal *journal)
{
    journal->closed = true;
}

void journal_note(struct journal *journal, const char *format, ...)
{
    va_list args;

    if (!journal->record)
        return;
    va_start(args, format);
    vfprintf(journal->record, format, args);
    va_end(args);
    fprintf(journal->record, "\n");
}
