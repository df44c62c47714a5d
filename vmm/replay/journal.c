/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include "core/console.h"
#include "core/limits.h"
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
    ENTRY_TIMER, /* all vCPUs slept, and a timer expired before input came */
};

struct entry {
    enum entry_kind kind;
    unsigned vcpu;
    unsigned state; /* ENTRY_STATE: LAB_EVENT_ bits */
    uint64_t insns; /* ENTRY_STATE: instructions executed before it */
    size_t size;    /* ENTRY_READ: bytes */
    uint8_t *bytes;
};

struct journal {
    struct console console;
    struct vm *vm;
    struct entry *entries;
    size_t count, room;
    struct state_area area; /* of progress */
    struct progress {
        size_t position;       /* index of the next entry to repeat; count: none is left */
        size_t asked_position; /* position at the last input_first */
        uint64_t asked_insns;  /* instructions executed at the last input_first */
    } progress;
    uint8_t *again; /* input read before a rewind; the guest reads it again, before new input */
    size_t again_size, again_at; /* bytes; index of the next one */
    bool closed;                 /* all entries were read from a file: there is no new input */
    uint64_t insns;              /* if closed: instructions of the recorded run; 0: not known */
    FILE *record;                /* receives new entries; NULL: none */
};

static struct journal *of(struct console *console)
{
    return (struct journal *)console; /* its first member */
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

int journal_close_record(struct journal *journal)
{
    FILE *record = journal->record;

    journal->record = NULL;
    return record ? close_output(record, "--record") : STATUS_OK;
}

/* Adds an entry and takes over entry.bytes. Returns false without memory. */
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

/* Adds an entry for new input, and writes it to `record`. */
static void append(struct journal *journal, struct entry entry)
{
    if (!add(journal, entry)) {
        free(entry.bytes);
        vm_stop(journal->vm, fail(STATUS_HOST, "out of memory for the guest's input"));
        return;
    }
    journal->progress.position = journal->count;
    if (journal->record)
        write_entry(journal->record, &journal->entries[journal->count - 1]);
}

/* Copies bytes to the heap. Returns NULL without memory. */
static uint8_t *copy(const void *bytes, size_t size)
{
    uint8_t *new = malloc(size + 1); /* 1: never 0 */

    if (new &&size > 0)
        memcpy(new, bytes, size);
    return new;
}

/* Returns the next entry to repeat, or NULL if the run is new from here on. */
static const struct entry *next_entry(const struct journal *journal)
{
    return journal->progress.position < journal->count
               ? &journal->entries[journal->progress.position]
               : NULL;
}

static bool has_again(const struct journal *journal)
{
    return journal->again_at < journal->again_size;
}

static size_t read_again(struct journal *journal, void *buffer, size_t size)
{
    size_t left = journal->again_size - journal->again_at;

    size = size < left ? size : left;
    memcpy(buffer, journal->again + journal->again_at, size);
    journal->again_at += size;
    return size;
}

/* Ends the guest, if the recording has no more input: as the recorded run was ended, if it came as
 * far. Returns whether that is so. */
static bool is_over(struct journal *journal)
{
    struct vm *vm = journal->vm;

    if (!journal->closed)
        return false;
    limits_check_insns(&vm->vcpus[vm->turn]);
    if (!vm->stopped)
        vm_stop(vm, fail(STATUS_REPLAY, "--replay: the recording ends here, but the guest waits "
                                        "for more input"));
    return true;
}

static void diverged(struct journal *journal)
{
    vm_stop(journal->vm, fail(STATUS_REPLAY, "--replay: the run differs from the recorded one: "
                                             "the guest does not ask for the same input"));
}

static unsigned input_state(struct console *console, struct vcpu *vcpu)
{
    struct journal *journal = of(console);
    const struct entry *entry = next_entry(journal);

    if (entry && (entry->kind != ENTRY_STATE || entry->vcpu != vcpu->id ||
                  vcpu->vm->insn_count < entry->insns))
        return 0; /* the recorded guest did not know of input yet */
    if (entry)
        return entry->state;
    if (has_again(journal))
        return (endpoint_state(console->below, vcpu) & LAB_EVENT_TTY) | LAB_EVENT_INPUT;
    if (journal->closed && vcpu->vm->insn_count < journal->insns)
        return 0; /* the recorded guest waited in vain, while another hart went on */
    return is_over(journal) ? 0 : endpoint_state(console->below, vcpu);
}

static unsigned input_poll(struct console *console, struct vcpu *vcpu)
{
    const struct journal *journal = of(console);

    if (journal->closed && !next_entry(journal) && !has_again(journal))
        return 0; /* nothing came until the end of the recorded run */
    return input_state(console, vcpu);
}

static void input_told(struct console *console, struct vcpu *vcpu, unsigned state)
{
    struct journal *journal = of(console);
    const struct entry *entry = next_entry(journal);

    if (!entry)
        append(journal, (struct entry){.kind = ENTRY_STATE,
                                       .vcpu = vcpu->id,
                                       .state = state,
                                       .insns = vcpu->vm->insn_count});
    else if (entry->kind == ENTRY_STATE && entry->vcpu == vcpu->id)
        journal->progress.position++;
    else
        diverged(journal);
}

static size_t read_new(struct journal *journal, struct vcpu *vcpu, void *buffer, size_t size)
{
    if (has_again(journal))
        size = read_again(journal, buffer, size);
    else if (is_over(journal))
        return 0;
    else
        size = endpoint_read(journal->console.below, vcpu, buffer, size);
    append(journal,
           (struct entry){
               .kind = ENTRY_READ, .vcpu = vcpu->id, .size = size, .bytes = copy(buffer, size)});
    return size;
}

static size_t input_read(struct console *console, struct vcpu *vcpu, void *buffer, size_t size)
{
    struct journal *journal = of(console);
    const struct entry *entry = next_entry(journal);

    if (!entry)
        return read_new(journal, vcpu, buffer, size);
    if (entry->kind != ENTRY_READ || entry->vcpu != vcpu->id || entry->size > size) {
        diverged(journal);
        return 0;
    }
    if (entry->size > 0)
        memcpy(buffer, entry->bytes, entry->size);
    journal->progress.position++;
    return entry->size;
}

/* Returns whether the run is stuck: all vCPUs sleep again, and since the last time they executed
 * nothing and consumed no entry. */
static bool is_stuck(struct journal *journal)
{
    const struct vm *vm = journal->vm;
    struct progress *progress = &journal->progress;
    bool stuck =
        progress->asked_position == progress->position && progress->asked_insns == vm->insn_count;

    progress->asked_position = progress->position;
    progress->asked_insns = vm->insn_count;
    return stuck;
}

static bool input_first(struct console *console, struct vm *vm, uint64_t due_ns)
{
    struct journal *journal = of(console);
    const struct entry *entry = next_entry(journal);

    if (entry && (is_stuck(journal) || (entry->kind == ENTRY_TIMER && due_ns == NEVER))) {
        diverged(journal);
        return true;
    }
    if (entry) {
        journal->progress.position += entry->kind == ENTRY_TIMER;
        return entry->kind != ENTRY_TIMER;
    }
    if (has_again(journal) || is_over(journal) || endpoint_input_first(console->below, vm, due_ns))
        return true;
    append(journal, (struct entry){.kind = ENTRY_TIMER});
    return false;
}

struct journal *journal_create(FILE *record)
{
    struct journal *journal = calloc(1, sizeof(*journal));

    if (!journal)
        return NULL;
    journal->record = record;
    journal->progress.asked_position = SIZE_MAX;
    return journal;
}

void journal_attach(struct journal *journal, struct vm *vm)
{
    journal->console = (struct console){.read = input_read,
                                        .state = input_state,
                                        .poll = input_poll,
                                        .told = input_told,
                                        .input_first = input_first};
    journal->vm = vm;
    journal->area = (struct state_area){&journal->progress, sizeof(journal->progress), NULL};
    vm_add_state(vm, &journal->area);
    console_push(vm, &journal->console);
}

/* Prepends the input of the entries that were not repeated yet to `again`. */
static void keep_input(struct journal *journal)
{
    size_t size = journal->again_size - journal->again_at, at = 0;
    uint8_t *bytes;

    for (size_t i = journal->progress.position; i < journal->count; i++)
        size += journal->entries[i].size;
    bytes = malloc(size + 1);
    for (size_t i = journal->progress.position; bytes && i < journal->count; i++) {
        const struct entry *entry = &journal->entries[i];

        if (entry->size > 0)
            memcpy(bytes + at, entry->bytes, entry->size);
        at += entry->size;
    }
    if (!bytes)
        return; /* without memory this input is lost */
    if (has_again(journal))
        memcpy(bytes + at, journal->again + journal->again_at, size - at);
    free(journal->again);
    journal->again = bytes;
    journal->again_size = size;
    journal->again_at = 0;
}

void journal_cut(struct journal *journal)
{
    keep_input(journal);
    forget_from(journal, journal->progress.position);
    if (!journal->record)
        return;
    journal_note(journal, "cut %zu", journal->progress.position);
    fprintf(stderr, "labvisor: --record: gdb has changed the guest: the recording does not cover "
                    "the run from here on\n");
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

/* Reads "VCPU STATE INSNS". */
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

/* Reads "VCPU BYTES". */
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

void journal_close(struct journal *journal, uint64_t insns)
{
    journal->closed = true;
    journal->insns = insns;
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
